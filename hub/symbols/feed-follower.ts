import type { ResetReason } from '#protocol/messages.ts';

/** What a symbol's feed tells each of its followers; `DeliveryGroup` is the one kind of follower. */
export interface FeedFollower {
  /** The oldest sequence number that it has yet to get from the window. */
  readonly needs: number;
  /** A tick was added to the window. */
  touch(): void;
  /** The window is about to let go of the ticks before `seq`. */
  beforeDrop(seq: number): void;
  /** The window is about to begin again. */
  beforeRestart(): void;
  /** The window began again: updates may have been missed. */
  restart(reason: ResetReason): void;
  /** The symbol has its very first update. */
  begin(): void;
}

/** Of all feeds that have none. */
export const noFollowers: readonly FeedFollower[] = [];
