import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after `ms`, or at once when `ended` is aborted; says whether the time went by. */
export function sleep(ms: number, ended: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal: ended }).catch(() => false);
}
