import { markdownTable, type TableRow } from '#loadtest/report/table.ts';
import type { StoredOutcome, StoredOutcomes } from './results.ts';
import type { Scenario } from './scenario.ts';
import { heartbeatMs, testClusterDefaults } from './test-cluster.ts';
import { stalledMs, type TrialResult } from './trial.ts';

/** The page of all faults. @param all scenarios; those without an outcome are named as such */
export function reliabilityPage(
  outcomes: StoredOutcomes,
  all: readonly Pick<Scenario, 'name' | 'remark'>[] = [],
): string {
  const entries = Object.entries(outcomes);
  const parts = [
    introduction,
    '## What clients saw',
    markdownTable(entries.map(([name, outcome]) => pageRow(name, outcome))),
    reading,
    '## What did not hold',
    broken(entries),
    notRun(all.map(({ name }) => name).filter((name) => outcomes[name] === undefined)),
    '## The faults',
    entries.map(([name, { fault }]) => `- **${name}**: ${fault}.`).join('\n'),
    remarks(all.filter(({ name }) => outcomes[name] !== undefined)),
    origin(entries),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** One line of the table of all clients. */
export function clientRow(name: string, { result, failures }: StoredOutcome): TableRow {
  const verdict = failures.length === 0 ? 'holds' : '**fails**';
  if (result === undefined) return { ...emptyRow, fault: name, verdict };
  const { findings } = result;
  return {
    fault: name,
    gaps: findings.gaps,
    duplicates: findings.duplicates,
    disorder: findings.disorder,
    other: findings.other,
    'told of loss': told(result),
    stalled: `${result.stalled} of ${result.users}`,
    'stall, median': ms(result.stallMedianMs),
    'stall, longest': ms(result.stallMaxMs),
    'live again, median': ms(result.liveMedianMs),
    'live again, all': ms(result.liveMaxMs),
    verdict,
  };
}

/** The page's line of a fault: what an operator asks, on one line. All figures are in the file beside the page. */
function pageRow(name: string, { result, failures }: StoredOutcome): TableRow {
  const fault = failures.length === 0 ? name : `**${name}**`;
  if (result === undefined) return { ...emptyPageRow, fault };
  const { findings, promised, stalled, liveMedianMs, liveMaxMs } = result;
  return {
    fault,
    wrong: Object.values(findings).reduce((sum, count) => sum + count, 0),
    'told of loss': told(result),
    stalled,
    'live again, median': seconds(liveMedianMs),
    'live again, all': seconds(liveMaxMs),
    promises: `${promised.filter(({ held }) => held).length}/${promised.length}`,
  };
}

const emptyPageRow = {
  ...{ fault: '', wrong: '?', 'told of loss': '?', stalled: '?' },
  ...{ 'live again, median': '?', 'live again, all': 'never', promises: '?' },
};

const emptyRow = {
  ...{ fault: '', gaps: '?', duplicates: '?', disorder: '?', other: '?', 'told of loss': '?', stalled: '?' },
  ...{ 'stall, median': '?', 'stall, longest': '?', 'live again, median': '?', 'live again, all': 'never' },
};

const introduction = `# Reliability

Written by \`npm run chaos -- --write\`; change the scenarios in \`test/chaos/\`, not this page. Each scenario runs real processes:
Redis, an adapter and its standby, ${testClusterDefaults.hubs} hubs or more behind a balancer, and ${testClusterDefaults.users} clients that reconnect by themselves: SDK
and raw sockets, JSON and MessagePack, with and without \`frequency\`. One fault is injected while ${testClusterDefaults.ticksPerSecond} updates per second flow, and
every message that a client gets is judged.

\`\`\`text
npm run chaos                             every scenario
npm run chaos -- hub-killed cluster-      those whose names begin so
npm run chaos -- --soak-minutes 60 soak   a longer soak
npm run chaos -- --list                   the names, and about how long it takes
npm run chaos -- --write                  writes this page; with names, the others keep their figures
\`\`\`

\`npm test\` runs three of them with 60 clients. All figures, every promise with its bound and the memory of each process are in
[results.json](reliability/results.json).`;

const reading = `- **wrong**: gaps without a \`reset\`, duplicates, disorder and anything else against the contract. It must be 0.
- **told of loss**: \`reset\` messages of all clients and symbols.
- **stalled**: of ${testClusterDefaults.users} clients, those of which a symbol had no update for ${stalledMs} ms more than venue and \`frequency\` explain.
- **live again**: seconds from the fault to the end of a client's last stall.
- **promises**: bounds of the scenario that held, such as "clients live elsewhere, median ≤ 3000 ms".

Other faults than \`sentinel-\` and \`cluster-\` are of a standalone Redis. Hubs beat every ${heartbeatMs} ms here (15 s by default); clients
take a silent connection for dead after twice as long.

Not covered: faults of the machine (disk, memory, Redis' own clock), loss of single packets, more than one fault at a time.`;

function broken(entries: readonly (readonly [string, StoredOutcome])[]): string {
  const lines = entries.flatMap(([name, { failures }]) =>
    failures.map((failure) => `- **${name}**: ${failure}`),
  );
  return lines.length === 0 ? 'Nothing: every scenario held all of its promises.' : lines.join('\n');
}

function notRun(names: readonly string[]): string {
  return names.length === 0 ? 'Every scenario was run.' : `Not run for this page: ${names.join(', ')}.`;
}

function remarks(all: readonly Pick<Scenario, 'name' | 'remark'>[]): string {
  const lines = all.flatMap(({ name, remark }) => (remark === undefined ? [] : [`- **${name}**: ${remark}`]));
  return lines.length === 0 ? '' : `## How to read some of them\n\n${lines.join('\n')}`;
}

function origin(entries: readonly (readonly [string, StoredOutcome])[]): string {
  const origins = new Set(entries.map(([, { date, machine }]) => `${date}; ${machine}`));
  return `Measured ${[...origins].join(' and ')}; everything on that one machine.`;
}

function told({ resets }: TrialResult): string {
  const parts = Object.entries(resets).map(([reason, count]) => `${count.toLocaleString('en-US')} ${reason}`);
  return parts.length === 0 ? '0' : parts.join(', ');
}

function seconds(valueMs: number): string {
  return (valueMs / 1000).toFixed(1);
}

function ms(value: number): string {
  return `${Math.round(value).toLocaleString('en-US')} ms`;
}
