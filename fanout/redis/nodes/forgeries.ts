import type { Logger } from '#runtime/logger.ts';
import type { SignedPurpose } from './signer.ts';

/** Counts what no hub signed, by what it claims to be. */
export interface ForgeryCounts {
  forged(what: SignedPurpose): void;
}

/** Of each kind one line in so long; all of them are counted. */
const logIntervalMs = 60_000;

const hint =
  'either somebody else writes to Redis, or the hubs do not have the same TICKWIRE_HUB_SECRET; it is left out';

/** Counts each thing that was found in Redis without a hub's signature, and logs some. */
export function tellForgeries(counts: ForgeryCounts, log: Logger): (what: SignedPurpose) => void {
  const told = new Map<SignedPurpose, number>();
  return (what) => {
    counts.forged(what);
    const now = performance.now();
    if (now - (told.get(what) ?? Number.NEGATIVE_INFINITY) < logIntervalMs) return;
    told.set(what, now);
    log.error({ what, hint }, 'Redis holds what no hub has signed');
  };
}
