import type { StockSymbol } from '#protocol/symbol.ts';

/**
 * A place that prices come from. A venue is two parts: one that talks (socket, poll, file), and a mapper
 * from its messages to `VenueTick`. It knows nothing of Redis, leases or the other venues.
 */
export interface Venue {
  /** The symbols that it will bring, under Tickwire's names; announced to the catalogue. */
  readonly symbols: readonly StockSymbol[];
  /** Connects and keeps connecting until `stop`. Called once. */
  start(sink: VenueSink): void;
  /** Ends sockets and timers; nothing reaches the sink afterwards. */
  stop(): Promise<void>;
}

/** What a venue tells; every call returns at once. */
export interface VenueSink {
  tick(tick: VenueTick): void;
  /** A message that could not be mapped, or that the venue itself marks as an error. */
  rejected(reason: VenueRejection): void;
  /** The venue's own numbering shows that so many messages are missing. */
  gap(missed: number): void;
  state(state: VenueState, problem?: string): void;
}

export type VenueState = 'connecting' | 'live' | 'stale' | 'ended';

export type VenueRejection =
  | 'malformed'
  | 'unmapped_type'
  | 'missing_field'
  | 'unknown_symbol'
  | 'venue_error';

/**
 * One message of a venue in our words, not yet validated: numbers may still be NaN or negative.
 * A trade has a `price`. A quote has none, only `bid`, `ask` or one of them; the intake then
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
  readonly conditions?: string;
  /** Bits of `tickFlags` that the venue itself justifies (`delayed`, `simulated`, `suspect`, `halted`). */
  readonly flags?: number;
}
