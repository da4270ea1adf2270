import type { BenchResult, RowResult } from '#loadtest/bench/harness/bench.ts';
import { median, noisePercent } from '#loadtest/bench/harness/statistics.ts';
import type { Results } from './results.ts';

/** A row against the stored one; `new` and `gone`: only one of the two exists. */
export type Verdict = 'same' | 'better' | 'worse' | 'new' | 'gone';

/** A row of one bench, now and as it was stored. */
export interface Comparison {
  readonly bench: string;
  readonly row: string;
  /** Median ratios; NaN where there is none. */
  readonly old: number;
  readonly now: number;
  /** How much worse (below 0) or better the ratio got, and how much may be noise; percent. */
  readonly changePercent: number;
  readonly noisePercent: number;
  readonly verdict: Verdict;
}

/** Less is never told from noise: two sittings of the same code, each quiet in itself, were 12 % apart. */
const noiseMinPercent = 15;

/**
 * Holds the ratios of `now` against the stored ones of the same benches. Ratios are of what ran side by
 * side, so that another machine's figures can be compared. A change counts when it exceeds the noise of
 * both sittings together (each: see `noisePercent`), and 15 %.
 */
export function compareResults(stored: Results, now: Readonly<Record<string, BenchResult>>): Comparison[] {
  return Object.entries(now).flatMap(([bench, result]) => {
    const before = comparable(stored[bench]);
    const after = comparable(result);
    const gone = before.filter(({ name }) => !after.some((row) => row.name === name));
    return [
      ...after.map((row) => compareRow(bench, result, row, findTwin(before, row))),
      ...gone.map((row) => unmatched(bench, row, 'gone')),
    ];
  });
}

/** A yardstick's ratio to itself says nothing. */
function comparable(result: BenchResult | undefined): readonly RowResult[] {
  return result?.rows.filter(({ name, against }) => name !== against) ?? [];
}

function findTwin(rows: readonly RowResult[], { name, against }: RowResult): RowResult | undefined {
  return rows.find((row) => row.name === name && row.against === against);
}

function compareRow(bench: string, { better }: BenchResult, row: RowResult, twin?: RowResult): Comparison {
  if (twin === undefined) return unmatched(bench, row, 'new');
  const old = median(twin.ratios);
  const now = median(row.ratios);
  const gain = (now / old - 1) * 100;
  const changePercent = better === 'higher' ? gain : -gain;
  const noise = Math.max(noiseMinPercent, noisePercent(twin.ratios) + noisePercent(row.ratios));
  const verdict = Math.abs(changePercent) <= noise ? 'same' : changePercent > 0 ? 'better' : 'worse';
  return { bench, row: row.name, old, now, changePercent, noisePercent: noise, verdict };
}

function unmatched(bench: string, row: RowResult, verdict: 'new' | 'gone'): Comparison {
  const ratio = median(row.ratios);
  const [old, now] = verdict === 'new' ? [Number.NaN, ratio] : [ratio, Number.NaN];
  return { bench, row: row.name, old, now, changePercent: Number.NaN, noisePercent: Number.NaN, verdict };
}
