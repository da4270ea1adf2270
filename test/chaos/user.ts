import type { Position } from '#protocol/position.ts';
import type { Arrivals } from './arrivals.ts';

/** What must not happen to a client, by kind. */
export interface Findings {
  /** Numbers that are missing, and of which no `reset` told. */
  gaps: number;
  /** Updates that came twice. */
  duplicates: number;
  /** Updates that came after a later one. */
  disorder: number;
  /** Anything else that the contract does not allow: wrong content, a snapshot that did not come. */
  other: number;
}

export function noFindings(): Findings {
  return { gaps: 0, duplicates: 0, disorder: 0, other: 0 };
}

/** Whether who holds `held` needs nothing up to `position`, which may be of an epoch that is over. */
export function reaches(held: Position | undefined, { epoch, seq }: Position): boolean {
  if (held === undefined) return false;
  return held.epoch === epoch ? held.seq >= seq : held.epoch > epoch;
}

/** A client of the pool, over all of its connections; it connects again by itself. */
export interface User {
  readonly name: string;
  readonly kind: 'sdk' | 'raw';
  readonly symbols: readonly string[];
  readonly arrivals: Arrivals;
  /** Connections that it has opened so far. */
  readonly connections: number;
  /** Losses that it was told of. */
  readonly resets: number;
  /** When it was last told that its hub does not hear Redis, and that it does again; ms of `performance.now()`. */
  readonly staleAt: number | undefined;
  readonly freshAt: number | undefined;
  /** Whether it holds everything up to each of these positions that is of a symbol of its own. */
  caughtUp(last: ReadonlyMap<string, Position>): boolean;
  close(): void;
}
