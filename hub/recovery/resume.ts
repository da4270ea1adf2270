import type { ReplayWindow } from '#hub/symbols/replay-window.ts';
import type { ResetReason } from '#protocol/messages.ts';
import type { Position } from '#protocol/position.ts';

/**
 * How a client that holds everything up to a position goes on: with what it missed, or only from a new snapshot, for the
 * reason named.
 */
export type Resume = 'continue' | ResetReason;

/** Judges a client's position, once `SymbolFeed.reach` has read all that there is for it. */
export function judgeResume(window: ReplayWindow, since: Position): Resume {
  if (since.epoch !== window.epoch) return 'epoch_changed';
  if (window.isBehind(since)) return 'history_unavailable'; // from the future: the history lost what the client has
  if (window.follows(since.seq)) return 'continue';
  return window.floor ?? 'history_trimmed'; // undefined: was reached, but let go while other symbols were waited for
}
