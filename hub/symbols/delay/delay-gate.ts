import type { HistoryEntry } from '#fanout/ports.ts';
import { tickFlags } from '#protocol/tick.ts';

/**
 * What is old enough to be shown. Everything that a delayed client is ever told of a symbol has passed `admit`:
 * that nothing is shown too early hangs on these few lines alone.
 */
export interface DelayGate {
  /** The entries up to the first that is too young, marked as delayed. */
  admit(entries: readonly HistoryEntry[]): readonly HistoryEntry[];
  isOldEnough(entry: HistoryEntry): boolean;
  /** ms until the entry is old enough; 0 or less: it is. */
  waitMs(entry: HistoryEntry): number;
}

/** The wall clock that updates are dated by, and one that measures what lasts. */
export interface DelayClocks {
  /** Unix ms. */
  readonly now: () => number;
  /** Milliseconds since some time in the past; never goes back. */
  readonly elapsedMs: () => number;
}

/**
 * The age of an entry is the time since the adapter read it, by the adapter's clock and this process's: clocks that
 * differ make the delay longer or shorter by that much. A clock that is set meanwhile does not make it shorter: the age
 * is taken by the wall clock as it would be had nobody set it, too, and of the two counts the one by which the entry is
 * younger; except where that would have it come from the future, so that it was read by the other one. Where both may be, a
 * clock that was set by less than the delay makes it longer by so much.
 */
export function createDelayGate({ now, elapsedMs }: DelayClocks, delayMs: number): DelayGate {
  const beganAt = now() - elapsedMs();
  const waitMs = ({ tick: { receivedAt } }: HistoryEntry): number => {
    const wall = now();
    const steady = beganAt + elapsedMs();
    const earlier = Math.min(wall, steady);
    return receivedAt + delayMs - (receivedAt > earlier ? Math.max(wall, steady) : earlier);
  };
  const isOldEnough = (entry: HistoryEntry): boolean => waitMs(entry) <= 0;
  return {
    waitMs,
    isOldEnough,
    admit(entries) {
      const young = entries.findIndex((entry) => !isOldEnough(entry));
      return (young < 0 ? entries : entries.slice(0, young)).map(asDelayed);
    },
  };
}

function asDelayed({ position, tick }: HistoryEntry): HistoryEntry {
  return { position, tick: { ...tick, flags: tick.flags | tickFlags.delayed } };
}
