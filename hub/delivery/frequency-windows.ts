import type { SymbolFeed } from '#hub/symbols/symbol-feed.ts';
import type { ToldTick } from '#protocol/tick.ts';
import { slotMs, slotsOf } from './phases.ts';
import { type Restriction, slotOf } from './restriction.ts';

/** The newest update of a symbol that somebody may be shown. */
export interface Shown {
  readonly epoch: number;
  readonly seq: number;
  readonly tick: ToldTick;
}

/** Looks up the newest update that a restricted user may be shown; undefined: none before its next window ends. */
export type LookUpShown = () => Shown | undefined;

export interface FrequencyWindowsDeps {
  /** ms of a clock that never goes back, near the wall clock: that of `Flusher.turn`. */
  readonly now: () => number;
}

export interface FrequencyWindowsLimits {
  /** A minute of delay; ms. */
  readonly delayMinuteMs: number;
}

/**
 * What users are shown whom their tokens restrict to a frequency, beside the updates that their windows end with: first
 * prices, what follows a resume, rounds for slow sockets. All of it is as of the end of the user's last window, so that
 * asking often, or over many sockets, brings nothing newer than waiting does.
 */
export interface FrequencyWindows {
  /** Undefined for a user who is not restricted. */
  of(client: { readonly restriction: Restriction | undefined }, feed: SymbolFeed): LookUpShown | undefined;
}

/** What was found in the user's present window; found once, so that a window has one price whenever it is asked for. */
interface Found {
  readonly window: number;
  readonly shown: Shown | undefined;
}

/** Answers that are kept of a symbol before those of windows that are over are let go. */
const foundMax = 64;

export function createFrequencyWindows(
  { now }: FrequencyWindowsDeps,
  { delayMinuteMs }: FrequencyWindowsLimits,
): FrequencyWindows {
  const byFeed = new WeakMap<SymbolFeed, Map<number, Found>>();

  const find = (feed: SymbolFeed, { classMs, ...rest }: Restriction): Shown | undefined => {
    const slots = slotsOf(classMs);
    const slot = slotOf({ classMs, ...rest }, classMs);
    const window = Math.floor((Math.floor(now() / slotMs) - slot) / slots);
    const key = classMs * slotsMax + slot;
    const found = byFeed.get(feed)?.get(key);
    if (found?.window === window) return found.shown;
    const endedAt = (window * slots + slot) * slotMs;
    const shown = newestBefore(feed, endedAt - feed.delayedMinutes * delayMinuteMs);
    keep(feed, key, { window, shown });
    return shown;
  };

  const keep = (feed: SymbolFeed, key: number, found: Found): void => {
    const known = byFeed.get(feed) ?? new Map<number, Found>();
    byFeed.set(feed, known);
    known.set(key, found);
    if (known.size <= foundMax) return;
    for (const [other, { window }] of known) {
      const classMs = Math.floor(other / slotsMax);
      const isOver =
        Math.floor((Math.floor(now() / slotMs) - (other % slotsMax)) / slotsOf(classMs)) > window;
      if (isOver) known.delete(other);
    }
  };

  return {
    of({ restriction }, feed) {
      if (restriction === undefined) return undefined;
      return () => {
        const shown = find(feed, restriction);
        const { epoch, unbrokenFrom } = feed.window;
        // What was found is of no use where the symbol began anew since, or lost updates after it.
        return shown?.epoch === epoch && shown.seq >= unbrokenFrom - 1 ? shown : undefined;
      };
    },
  };
}

/** More than any class has. */
const slotsMax = 10_000;

/** By the clock of the adapter that read it, as a delay is counted. */
function newestBefore({ window }: SymbolFeed, time: number): Shown | undefined {
  const seq = window.newestReceivedBy(time);
  const tick = seq === undefined ? undefined : window.at(seq);
  return seq === undefined || tick === undefined ? undefined : { epoch: window.epoch, seq, tick };
}
