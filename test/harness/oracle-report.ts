import { violationKinds as contractViolationKinds } from '#loadtest/judge/reference-judge.ts';
import type { ResetReason } from '#protocol/messages.ts';

/** What a client may see of a hub that breaks its promise: the rules of the reference judge, and these. */
export const violationKinds = [
  ...contractViolationKinds,
  /** Not what was published at this position. */
  'wrong_content',
  /** Nothing was published at this position. */
  'never_published',
  /** The client does not hold what it should have by now. */
  'not_caught_up',
] as const;
/** One of `violationKinds`. */
export type ViolationKind = (typeof violationKinds)[number];

/** What an oracle has found. */
export interface OracleReport {
  /** Updates that were published. */
  readonly published: number;
  /** Updates that brought clients something new; snapshots are counted apart. */
  readonly delivered: number;
  /** Sequence numbers that those stood for; above `delivered` where updates were conflated. */
  readonly covered: number;
  /** Updates marked as snapshots. */
  readonly snapshots: number;
  readonly resets: Readonly<Record<ResetReason, number>>;
  readonly kinds: Readonly<Record<ViolationKind, number>>;
  /** Shorthands of `kinds`. */
  readonly duplicates: number;
  readonly gaps: number;
  /** The first 100, in words; empty = every client got what the contract promises. */
  readonly violations: readonly string[];
}

/** What clients add to; the report is made of it. */
export interface OracleTotals {
  delivered: number;
  covered: number;
  snapshots: number;
  readonly resets: Record<ResetReason, number>;
  violation(kind: ViolationKind, text: string): void;
}
