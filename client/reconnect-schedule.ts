import type { Clock } from './clock.ts';

export interface ReconnectLimits {
  /** Longest wait before the first attempt. */
  readonly reconnectBaseMs: number;
  /** Longest wait before any attempt. */
  readonly reconnectMaxMs: number;
  /** A connection that lived for so long begins the back-off anew when it ends. */
  readonly stableAfterMs: number;
}

export interface ReconnectDeps {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** 0 … 1 */
  readonly random: () => number;
}

/** When to connect again: exponential back-off with full jitter, so that clients that fell together spread out. */
export interface ReconnectSchedule {
  /** Attempts since the last stable connection. */
  readonly attempts: number;
  /** A connection is live from now on. */
  live(): void;
  /** A connection ended or did not come about: the wait before the next attempt. */
  nextDelayMs(): number;
}

export function createReconnectSchedule(deps: ReconnectDeps, limits: ReconnectLimits): ReconnectSchedule {
  const { clock, random } = deps;
  let attempts = 0;
  let liveSince = Number.POSITIVE_INFINITY;
  return {
    get attempts() {
      return attempts;
    },
    live() {
      liveSince = clock.monotonic();
    },
    nextDelayMs() {
      if (clock.monotonic() - liveSince >= limits.stableAfterMs) attempts = 0;
      liveSince = Number.POSITIVE_INFINITY;
      const ceiling = Math.min(limits.reconnectMaxMs, limits.reconnectBaseMs * 2 ** attempts);
      attempts++;
      return Math.floor(random() * ceiling);
    },
  };
}
