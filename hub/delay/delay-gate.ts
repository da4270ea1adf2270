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
  /** When the entry is old enough; Unix ms. */
  opensAt(entry: HistoryEntry): number;
}

/**
 * The age of an entry is the time since the adapter read it, by the adapter's clock and this process's: clocks that
 * differ make the delay longer or shorter by that much.
 * @param now Unix ms
 */
export function createDelayGate(now: () => number, delayMs: number): DelayGate {
  const opensAt = ({ tick }: HistoryEntry): number => tick.receivedAt + delayMs;
  const isOldEnough = (entry: HistoryEntry): boolean => opensAt(entry) <= now();
  return {
    opensAt,
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
