import { formatNumber } from '#loadtest/report/table.ts';
import { latencyPercentile } from '#loadtest/swarm/counting/latency-histogram.ts';
import { assertNever } from '#runtime/assert-never.ts';
import type { Bench, BenchResult, Claim, ClaimResult, Measured, RowPlan, RowResult } from './bench.ts';
import { withClosing } from './closing.ts';
import { median } from './statistics.ts';

const runsUsual = 7;

/**
 * Measures every row of a bench as often as it wants, and judges its claims.
 * @param tell gets a line of progress after each run
 * @throws Error when a run has a wrong count
 */
export function measureBench(bench: Bench, tell: (line: string) => void): Promise<BenchResult> {
  const { unit, better, rows, runs = runsUsual, warmUpRuns = 0 } = bench;
  return withClosing(async (closing) => {
    const measure = await bench.open(closing);
    const measured = new Map(rows.map(({ name }) => [name, [] as Measured[]]));
    for (let run = 1 - warmUpRuns; run <= runs; run++) {
      for (const { name } of inTurn(rows, run)) {
        const one = await withClosing((closingRun) => measure(name, closingRun));
        if (run < 1) continue;
        measured.get(name)?.push(one);
        tell(`run ${run}/${runs} ${name}: ${formatNumber(one.value)} ${unit}`);
      }
    }
    const results = rows.map((row) => summarise(row, measured));
    return { unit, better, rows: results, claims: bench.claims.map((claim) => judge(claim, results)) };
  });
}

/** Each run in the opposite order of the one before, so that a machine that slows down hits all rows alike. */
function inTurn(rows: readonly RowPlan[], run: number): readonly RowPlan[] {
  return Math.abs(run) % 2 === 1 ? rows : [...rows].reverse();
}

function summarise(row: RowPlan, measured: ReadonlyMap<string, readonly Measured[]>): RowResult {
  const own = measured.get(row.name) ?? [];
  const others = measured.get(row.against) ?? [];
  const names = Object.keys(own[0]?.figures ?? {});
  const figure = (name: string): number => median(own.map(({ figures }) => figures?.[name] ?? Number.NaN));
  const pooled = own.flatMap(({ latencies = [] }) => latencies);
  return {
    name: row.name,
    against: row.against,
    values: own.map(({ value }) => value),
    ratios: own.map(({ value }, run) => value / (others[run]?.value ?? Number.NaN)),
    figures: {
      ...Object.fromEntries(names.map((name) => [name, figure(name)])),
      ...(pooled.length > 0 && { [pooledP99]: latencyPercentile(pooled, 99) }),
    },
  };
}

/** Column of the latencies of all runs together. */
const pooledP99 = 'pooled p99 ms';

function judge(claim: Claim, rows: readonly RowResult[]): ClaimResult {
  const row = rows.find(({ name }) => name === claim.row);
  if (row === undefined) throw new Error(`a claim is about ${claim.row}, which is no row of the bench`);
  const measured = measuredOf(claim.of, row, rows);
  const what = {
    value: row.name,
    ratio: `${row.name} ÷ ${row.against}`,
    'pooled p99 ratio': `${row.name} ÷ ${row.against}, all runs pooled,`,
  }[claim.of];
  const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = claim;
  const bounds = [
    ...(claim.atLeast === undefined ? [] : [`≥ ${formatNumber(claim.atLeast)}`]),
    ...(claim.atMost === undefined ? [] : [`≤ ${formatNumber(claim.atMost)}`]),
  ];
  const text = `${what} ${bounds.join(' and ')}`;
  return { text, measured, held: measured >= atLeast && measured <= atMost };
}

function measuredOf(of: Claim['of'], row: RowResult, rows: readonly RowResult[]): number {
  switch (of) {
    case 'value':
      return median(row.values);
    case 'ratio':
      return median(row.ratios);
    case 'pooled p99 ratio': {
      const other = rows.find(({ name }) => name === row.against);
      return (row.figures[pooledP99] ?? Number.NaN) / (other?.figures[pooledP99] ?? Number.NaN);
    }
    default:
      return assertNever(of);
  }
}
