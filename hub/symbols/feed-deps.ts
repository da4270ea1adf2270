import type { History, HistoryEntry } from '#fanout/ports.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { DelayMinutes } from './delay-classes.ts';
import type { PatientReadDeps } from './patient-read.ts';
import type { ReplayHoldLimits } from './replay-hold.ts';
import type { Slabs } from './slabs.ts';

/** How much of a symbol is kept and read, in ticks and ms. */
export interface FeedLimits extends ReplayHoldLimits {
  /** Ticks of a symbol that stay in memory. */
  readonly feedEntriesMax: number;
  /** Ticks that one read of the history brings. */
  readonly pageEntriesMax: number;
  /** Ticks that may wait while the feed reads the history; above it they are read from there too. */
  readonly arrivalsMax: number;
  /** How long they stay at most while resumes that wait for them are under way. */
  readonly replayHoldMaxMs: number;
}

/** The replay buffer, as feeds read it. */
export interface FeedHistory extends Pick<History, 'after' | 'before'> {
  /** The newest entries there are, newest first. @throws FanoutError */
  newest(symbol: StockSymbol, entriesMax: number): Promise<readonly HistoryEntry[]>;
}

/** A feed that can be told to let go of old ticks. */
export interface TrimmedFeed {
  /** False while it has to hold on to more than the newest. @param now of `elapsedMs` */
  trim(now: number): boolean;
}

/** What one symbol's feed reads from and counts in. */
export interface FeedDeps extends PatientReadDeps {
  readonly history: FeedHistory;
  /** How late the feed is; 0: it is live. */
  readonly delayedMinutes: DelayMinutes;
  /** Unix ms; for the age of updates alone. */
  readonly now: () => number;
  /** ms of a clock that never goes back. */
  readonly elapsedMs: () => number;
  /** Holds the ticks of all feeds. */
  readonly slabs: Slabs;
  /** Takes the age of an update when it arrives, in ms. */
  readonly observeLatency: (latencyMs: number) => void;
  /** The feed holds more ticks than it should for ever: it is to be trimmed from time to time. */
  readonly outgrown: (feed: TrimmedFeed) => void;
}
