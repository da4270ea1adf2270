import { promisesOf, type Result } from './result.ts';

/** The result for a terminal: two columns, then a line for each process. */
export function tableOf(result: Result): string {
  const rows = rowsOf(result);
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  const processes = result.processes.map(
    ({ name, cpuSeconds, cores, residentBytes }) =>
      `${name.padEnd(width)}  ${cpuSeconds.toFixed(2)} CPU s, ${cores.toFixed(2)} cores, ${number(residentBytes / 1_048_576)} MiB`,
  );
  const verdict =
    result.failures.length === 0
      ? ['HOLDS', ...promisesOf(result).map((line) => `  ${line}`)]
      : ['FAILED', ...result.failures];
  return [...lines, ...processes, ...verdict].join('\n');
}

/** Names and values, also for the HTML report. */
export function rowsOf(result: Result): [string, string][] {
  const { counts, latencyMs } = result;
  const resets = Object.entries(counts.resets).filter(([, count]) => count > 0);
  const violations = Object.entries(result.violations);
  const rows: [string, string | undefined][] = [
    ['sockets', `${number(result.scenario.sockets)} × ${number(result.scenario.symbolsPerSocket)} symbols`],
    ['measured', `${result.measuredSeconds.toFixed(1)} s`],
    ['delivered', `${number(counts.updates)} updates`],
    ['updates/s', number(result.updatesPerSecond)],
    ['expected/s', result.expectedPerSecond === undefined ? 'not known' : number(result.expectedPerSecond)],
    [
      'latency',
      `${Object.entries(latencyMs)
        .map(([name, ms]) => `${name} ${number(ms)}`)
        .join(', ')} ms`,
    ],
    ['aim', aimOf(result)],
    [
      'bytes',
      `${number(counts.bytes)} (${number(counts.bytes / Math.max(result.measuredSeconds, 1e-9))} per s)`,
    ],
    ['reads', `${number(counts.reads)}, ${result.updatesPerRead.toFixed(2)} updates per read`],
    ['snapshots', number(counts.snapshot)],
    [
      'resets',
      resets.length === 0 ? 'none' : resets.map(([name, count]) => `${name} ${number(count)}`).join(', '),
    ],
    ['to slow sockets', counts.slowUpdates > 0 ? `${number(counts.slowUpdates)} updates` : undefined],
    [
      'asked again',
      result.refused > 0 ? `${number(result.refused)} symbols that were unavailable` : undefined,
    ],
    ['came back', counts.churned > 0 ? `${number(counts.churned)} on purpose` : undefined],
    [
      'lost',
      counts.lost + counts.failed > 0
        ? `${counts.lost} connections, ${counts.failed} attempts failed`
        : undefined,
    ],
    [
      'oracle',
      violations.length === 0 ? 'clean' : violations.map(([kind, count]) => `${kind} ${count}`).join(', '),
    ],
    ['hub CPU', `${result.hubCpuSecondsPerMillion.toFixed(2)} s per million deliveries`],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}

/** A p99 that is wished for: a machine that is busy with others misses it, and no update is lost by that. */
function aimOf({ scenario: { p99AimMs }, latencyMs: { p99 } }: Result): string | undefined {
  if (p99AimMs === undefined) return undefined;
  return `p99 of ${p99AimMs} ms: ${p99 <= p99AimMs ? 'reached' : 'not reached on this machine just now; no failure'}`;
}

/** `500000.4` → `500,000` */
export function number(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
