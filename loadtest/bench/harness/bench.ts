import type { Closing } from './closing.ts';

/**
 * One bench: a file `NAME.bench.ts` that exports it as `bench` and opens with a comment that says what it
 * asks, with a drawing, what is timed, and when it fails; `docs/benchmarks.md` shows that comment.
 * Its rows are measured in turn (A B B A …), so that ratios compare what ran side by side.
 */
export interface Bench {
  /** Of a row's value, e.g. `deliveries per CPU second`. */
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly rows: readonly RowPlan[];
  /** Measured runs of each row; 7 when not said. */
  readonly runs?: number;
  /** Runs of each row before the measured ones, for what `open` keeps between runs; none when not said. */
  readonly warmUpRuns?: number;
  readonly claims: readonly Claim[];
  /** Starts what all runs share, and leaves its end to `closing`. */
  open(closing: Closing): Promise<Measure>;
}

/** A row of a bench's table. */
export interface RowPlan {
  readonly name: string;
  /** The row that this one's ratio is to, run by run; a row against itself is a yardstick. */
  readonly against: string;
}

/**
 * What has to hold: of a row's median value, of the median of its ratios, or of the p99 of all its runs' latencies
 * pooled by that of the row against which it stands.
 */
export interface Claim {
  readonly row: string;
  readonly of: 'value' | 'ratio' | 'pooled p99 ratio';
  readonly atLeast?: number;
  readonly atMost?: number;
}

/**
 * One run of a row; it ends what it started for this run alone by `closing`.
 * @throws Error when a count or checksum is wrong: such a run has no value
 */
export type Measure = (row: string, closing: Closing) => Promise<Measured>;

/** What one run of a row measured. */
export interface Measured {
  readonly value: number;
  /** Further columns of the table, by name with unit: `p99 ms`. */
  readonly figures?: Readonly<Record<string, number>>;
  /** Pairs of ms and count; of runs that have them the pooled p99 is a column. */
  readonly latencies?: readonly number[];
}

/** All runs of a bench, and whether its claims hold. */
export interface BenchResult {
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly rows: readonly RowResult[];
  readonly claims: readonly ClaimResult[];
}

/** All runs of a row. */
export interface RowResult {
  readonly name: string;
  readonly against: string;
  /** Run by run. */
  readonly values: readonly number[];
  /** Each value by that of the row `against` in the same run. */
  readonly ratios: readonly number[];
  /** Median of each further figure. */
  readonly figures: Readonly<Record<string, number>>;
}

/** What a bench claims, what was measured of it, and whether that holds. */
export interface ClaimResult {
  /** e.g. `hub ÷ bare ≥ 0.85` */
  readonly text: string;
  readonly measured: number;
  readonly held: boolean;
}
