import type { StockSymbol } from './symbol.ts';

/**
 * One normalised update of one symbol, as the feed adapter publishes it and the hub reads it.
 * A timestamp is never a key: a busy symbol has hundreds of trades in one millisecond.
 */
export interface Tick {
  readonly symbol: StockSymbol;
  /** Price of the last trade; where the venue sends quotes only, the middle of bid and ask. */
  readonly price: number;
  /** Shares, lots or coins of the trade. */
  readonly size?: number;
  readonly bid?: number;
  readonly ask?: number;
  /** Venue's cumulated volume of the day, where it sends one. */
  readonly volume?: number;
  /** Id of the adapter's source, e.g. `coinbase`. */
  readonly source: string;
  /** When it happened, by the venue's clock; Unix ms. */
  readonly venueTime: number;
  /** When the adapter read it, by the adapter's clock; Unix ms. Never compared with `venueTime`. */
  readonly receivedAt: number;
  /** Venue's id of the trade; unique within symbol and source. */
  readonly tradeId?: string;
  /** Venue's sale conditions, verbatim. */
  readonly conditions?: string;
  /** Bits of `tickFlags`. */
  readonly flags: number;
  /** Highest and lowest price of the ticks that this one stands for, where the adapter conflated several. */
  readonly high?: number;
  readonly low?: number;
  /**
   * Ticks of this symbol that the adapter had to give up just before this one (Redis was away and the
   * queue full). Above 0 the hub tells the symbol's clients by a `reset`.
   */
  readonly gaveUp?: number;
}

/** What clients are told of a tick, or have to know of it: all but its texts. */
export type ToldTick = Omit<Tick, 'source' | 'tradeId' | 'conditions'>;

/** Bits of `Tick.flags`. A suspect print is flagged, not deleted. */
export const tickFlags = {
  /** Older than the venue's own stated lateness allows. */
  late: 1,
  /** Its venue time is before that of the tick before it. */
  out_of_order: 2,
  /** Its price is far from the recent median. */
  suspect: 4,
  /** The venue delays its data (e.g. 15 minutes), or the hub does for a client that is entitled to no more. */
  delayed: 8,
  /** Made up, not traded. */
  simulated: 16,
  /** Trading in the symbol is halted. */
  halted: 32,
} as const;
