export interface TimeShareLimits {
  /** What a round of a hub that has little to do may take. */
  readonly atLeastMs: number;
  /** Of a hub whose rounds are long: as much as this share of the time since the last round, 0 … 1, … */
  readonly share: number;
  /** … and no more than this. */
  readonly atMostMs: number;
}

/**
 * How much time work that can wait may take from the event loop. A fixed time a round would starve it on a
 * busy hub, whose rounds are long and few: at five rounds a second, 10 ms each served 100 clients a second.
 */
export interface TimeShare {
  /** True when this round's time is used up. */
  readonly over: boolean;
  /** Does work and counts its time. */
  spend<Result>(work: () => Result): Result;
  /** The next round begins, with `atLeastMs` at the least, whatever the last one took. */
  begin(): void;
}

/** @param elapsedMs milliseconds since some time in the past; never goes back */
export function createTimeShare(elapsedMs: () => number, limits: TimeShareLimits): TimeShare {
  let begunAt = elapsedMs();
  let leftMs = limits.atLeastMs;
  return {
    get over() {
      return leftMs <= 0;
    },
    spend(work) {
      const began = elapsedMs();
      const result = work();
      leftMs -= elapsedMs() - began;
      return result;
    },
    begin() {
      const now = elapsedMs();
      const shareMs = limits.share * (now - begunAt);
      leftMs = Math.min(Math.max(shareMs, limits.atLeastMs), limits.atMostMs);
      begunAt = now;
    },
  };
}
