/** How a case ended, in the words of the Autobahn test suite. */
export interface CaseResult {
  /** E.g. `6.4.2`. */
  readonly id: string;
  /** `OK`, `NON-STRICT`, `INFORMATIONAL`, `UNIMPLEMENTED`, `WRONG CODE`, `UNCLEAN` or `FAILED`. */
  readonly behavior: string;
  /** The same for how the connection was closed. */
  readonly behaviorClose: string;
}

/** The groups of cases by the first number of their ids. */
const groupNames: Readonly<Record<string, string>> = {
  '1': 'Framing',
  '2': 'Pings and pongs',
  '3': 'Reserved bits',
  '4': 'Opcodes',
  '5': 'Fragmentation',
  '6': 'UTF-8',
  '7': 'Closing',
  '9': 'Limits and performance',
  '10': 'Automatic fragmentation',
  '12': 'Compression, one side',
  '13': 'Compression, parameters',
};

/** What passes: as demanded, or as the standard leaves open. */
const passing: readonly string[] = ['OK', 'NON-STRICT', 'INFORMATIONAL'];

/**
 * The results in the suite's `index.json`, by number of the case.
 * @throws TypeError when it is not the index of one server
 */
export function readResults(index: unknown): CaseResult[] {
  const [cases] = Object.values(index as Readonly<Record<string, Readonly<Record<string, unknown>>>>);
  if (cases === undefined) throw new TypeError('the index of the suite names no server');
  return Object.entries(cases)
    .map(([id, result]) => ({ ...(result as Omit<CaseResult, 'id'>), id }))
    .sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
}

/** Whether the server did what it should not have done; compression that it did not negotiate is none of that. */
export function hasFailed(result: CaseResult): boolean {
  return !hasPassed(result) && !isUnimplemented(result);
}

/** A line of Markdown for each group, with its counts, and one for all. */
export function resultTable(results: readonly CaseResult[]): string {
  const groups = new Map<string, CaseResult[]>();
  for (const result of results) {
    const number = result.id.split('.', 1)[0] ?? '';
    groups.set(number, [...(groups.get(number) ?? []), result]);
  }
  const lines = [...groups].map(([number, cases]) => line(`${number} ${groupNames[number] ?? ''}`, cases));
  return [
    '| cases | in all | as demanded | non-strict | informational | not negotiated | failed |',
    '| --- | --: | --: | --: | --: | --: | --: |',
    ...lines,
    line('all', results),
  ].join('\n');
}

/** The cases that did not pass, a line for each way of failing; empty when there is none. */
export function failureList(results: readonly CaseResult[]): string {
  const ways = new Map<string, string[]>();
  for (const result of results.filter(hasFailed)) {
    const way = `${result.behavior}, the connection's end ${result.behaviorClose}`;
    ways.set(way, [...(ways.get(way) ?? []), result.id]);
  }
  return [...ways].map(([way, ids]) => `- ${way}: ${ids.join(', ')}`).join('\n');
}

function line(name: string, cases: readonly CaseResult[]): string {
  const count = (matches: (result: CaseResult) => boolean): number => cases.filter(matches).length;
  const cells = [
    cases.length,
    count((result) => hasPassed(result) && result.behavior === 'OK'),
    count((result) => hasPassed(result) && result.behavior === 'NON-STRICT'),
    count((result) => hasPassed(result) && result.behavior === 'INFORMATIONAL'),
    count(isUnimplemented),
    count(hasFailed),
  ];
  return `| ${name.trim()} | ${cells.join(' | ')} |`;
}

/** As demanded or as the standard leaves open, and closed as it should be. */
function hasPassed({ behavior, behaviorClose }: CaseResult): boolean {
  return passing.includes(behavior) && passing.includes(behaviorClose);
}

/** A case that tests compression, which the server did not negotiate. */
function isUnimplemented({ behavior }: CaseResult): boolean {
  return behavior === 'UNIMPLEMENTED';
}
