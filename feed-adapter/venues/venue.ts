import type { StockSymbol } from '#protocol/symbol.ts';

/**
 * A place that prices come from. A venue has two parts: a connection (socket, poll, file), and a mapper
 * from its messages to `VenueTick`. It knows nothing of Redis, leases or the other venues.
 */
export interface Venue {
  /** The symbols that it will bring, under Tickwire's names; announced to the catalogue. */
  readonly symbols: readonly StockSymbol[];
  /**
   * How a loss shows, of messages that were sent while nobody read the venue. `numbered`: as holes in the venue's own
   * numbers, which it reports by `VenueSink.gap`. `hidden`: not at all, so after every break the clients of all its symbols
   * are told that something may be missing. Absent: nothing is lost, as it sends the present state (a poll), or sends
   * again what was not accepted (a push).
   */
  readonly losses?: 'numbered' | 'hidden';
  /**
   * A tick may be sent to it again, because an answer was lost or a process died: so a new term learns the trade ids that
   * any process has published, of the last few hundred entries of each symbol's history (fewer with thousands of symbols).
   */
  readonly repeats?: true;
  /**
   * Connects and keeps connecting until `stop`. Called once.
   * @param last the venue's own numbers up to which its symbols are published already, by this process or another;
   * absent: nothing is
   */
  start(sink: VenueSink, last?: LastNumbers): void;
  /** Ends sockets and timers; nothing reaches the sink afterwards. */
  stop(): Promise<void>;
}

/** By symbol: the last `VenueTick.venueNumber` that was published. */
export type LastNumbers = ReadonlyMap<StockSymbol, number>;

/** Takes what a venue reports; every call returns at once. */
export interface VenueSink {
  tick(tick: VenueTick): void;
  /** A message that could not be mapped, or that the venue itself marks as an error. */
  rejected(reason: VenueRejection): void;
  /** The venue's own numbering shows that so many messages of the symbol are missing: its next tick says so. */
  gap(symbol: StockSymbol, missed: number): void;
  state(state: VenueState, problem?: string): void;
}

/** How a venue fares, as the status of its source shows it. */
export type VenueState = 'connecting' | 'live' | 'stale' | 'ended';

/** Why a venue's message could not be mapped. */
export type VenueRejection =
  | 'malformed'
  | 'unmapped_type'
  | 'missing_field'
  | 'unknown_symbol'
  | 'venue_error';

/**
 * One message of a venue, mapped but not yet validated: numbers may still be NaN or negative.
 * A trade has a `price`. A quote has none, only `bid`, `ask` or one of them; the normaliser then
 * fills in the last trade price, or else the middle.
 */
export interface VenueTick {
  readonly symbol: string;
  readonly price?: number;
  readonly size?: number;
  readonly bid?: number;
  readonly ask?: number;
  readonly volume?: number;
  /** By the venue's clock, Unix ms; undefined where the venue sends none (the time of receipt is taken). */
  readonly venueTime?: number;
  readonly tradeId?: string;
  /**
   * The venue's own number of the message, where the venue numbers a symbol's messages without a hole; a whole number
   * from 0, and the same as `tradeId`. Kept in Redis, so that a successor sees what nobody published.
   */
  readonly venueNumber?: number;
  readonly conditions?: string;
  /** Bits of `tickFlags` that the venue itself justifies (`delayed`, `simulated`, `suspect`, `halted`). */
  readonly flags?: number;
}
