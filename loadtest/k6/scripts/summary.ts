/** One metric as k6 gives it to `handleSummary`. */
interface Metric {
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

/** What of k6's end-of-test data the summary reads. */
export interface SummaryData {
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly state: { readonly testRunDurationMs: number };
}

/** `handleSummary` of every scenario: a line for each threshold, and what was measured. */
export function summarise(data: SummaryData): Record<string, string> {
  const seconds = data.state.testRunDurationMs / 1000;
  const checked = Object.entries(data.metrics)
    .filter(([, { thresholds }]) => thresholds !== undefined)
    .sort(([a], [b]) => a.localeCompare(b));
  const lines = checked.flatMap(([name, metric]) => linesOf(name, metric));
  const failed = checked.filter(([, metric]) => !held(metric)).map(([name]) => name);
  const updates = data.metrics.tickwire_updates?.values.count ?? 0;
  const verdict = failed.length === 0 ? 'every threshold holds' : `NOT HELD: ${failed.join(', ')}`;
  const rate = `${updates} updates in ${seconds.toFixed(1)} s, ${Math.round(updates / seconds)} per second`;
  return { stdout: `\n${lines.join('\n')}\n\n  ${rate}\n  ${verdict}\n` };
}

function held({ thresholds = {} }: Metric): boolean {
  return Object.values(thresholds).every(({ ok }) => ok);
}

function linesOf(name: string, { values, thresholds = {} }: Metric): string[] {
  const shown = 'count' in values ? ['count'] : ['rate', 'med', 'p(95)', 'p(99)', 'max'];
  const figures = shown
    .flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]] as const]))
    .map(([key, value]) => `${key} ${Number.isInteger(value) ? value : value.toFixed(3)}`);
  return Object.entries(thresholds).map(
    ([rule, { ok }]) =>
      `  ${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(32)} ${rule.padEnd(14)} ${figures.join('  ')}`,
  );
}
