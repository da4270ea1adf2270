import type { StockSymbol } from '#protocol/symbol.ts';
import { PriceLevel, type PriceLevelLimits } from './price-level.ts';
import { RecentIds } from './recent-ids.ts';
import type { VenueTick } from './venue.ts';

export interface PictureLimits extends PriceLevelLimits {
  /** Trade ids remembered per symbol, to tell a trade that is sent twice. */
  readonly tradeIdsMax: number;
}

/** What a tick shows once the picture has filled in what its message did not say. */
export interface Filled {
  readonly price: number;
  readonly bid: number | undefined;
  readonly ask: number | undefined;
  readonly volume: number | undefined;
  readonly suspect: boolean;
  readonly outOfOrder: boolean;
}

/** The whole picture of one symbol: its last good trade price, both sides, and the day's volume. */
export class Picture {
  readonly symbol: StockSymbol;
  readonly #level: PriceLevel;
  readonly #tradeIds: RecentIds;
  /** Price of the newest trade that was not suspect. */
  #tradePrice: number | undefined;
  #bid: number | undefined;
  #ask: number | undefined;
  #volume: number | undefined;
  /** Venue time of the newest message, of the newest trade and of the newest quote; Unix ms. */
  #newest = Number.NEGATIVE_INFINITY;
  #newestTrade = Number.NEGATIVE_INFINITY;
  #newestQuote = Number.NEGATIVE_INFINITY;

  constructor(symbol: StockSymbol, limits: PictureLimits) {
    this.symbol = symbol;
    this.#level = new PriceLevel(limits);
    this.#tradeIds = new RecentIds(limits.tradeIdsMax);
  }

  /** Takes a validated message in; or says why it can not be a tick. */
  fill(message: VenueTick, venueTime: number): Filled | 'no_price' | 'duplicate_trade' {
    const bid = message.bid ?? this.#bid;
    const ask = message.ask ?? this.#ask;
    const price = message.price ?? this.#tradePrice ?? middle(bid, ask);
    const { tradeId } = message;
    if (price !== undefined && tradeId !== undefined && !this.#tradeIds.take(tradeId))
      return 'duplicate_trade';
    this.#takeSides(message, venueTime);
    if (price === undefined) return 'no_price';
    const suspect = this.#judge(message, price, venueTime);
    const outOfOrder = venueTime < this.#newest;
    // A message that was dated by its receipt says nothing of the venue's order.
    if (!outOfOrder && message.venueTime !== undefined) this.#newest = venueTime;
    return { price, bid: this.#bid, ask: this.#ask, volume: this.#volume, suspect, outOfOrder };
  }

  /**
   * Trades and quotes are dated apart, because venues send them on channels with clocks of their own:
   * a trade that is a little behind the quotes is still the newest trade.
   */
  #takeSides(message: VenueTick, venueTime: number): void {
    if (message.volume !== undefined) this.#volume = message.volume;
    if (message.bid === undefined && message.ask === undefined) return;
    if (venueTime < this.#newestQuote) return;
    this.#newestQuote = venueTime;
    this.#bid = message.bid ?? this.#bid;
    this.#ask = message.ask ?? this.#ask;
  }

  /** Only a new price is judged; one carried over would outvote the market by being repeated. */
  #judge(message: VenueTick, price: number, venueTime: number): boolean {
    if (message.price === undefined && this.#tradePrice !== undefined) return false;
    const suspect = this.#level.isSuspect(price);
    if (message.price === undefined || suspect || venueTime < this.#newestTrade) return suspect;
    this.#newestTrade = venueTime;
    this.#tradePrice = price;
    return false;
  }
}

function middle(bid: number | undefined, ask: number | undefined): number | undefined {
  return bid === undefined || ask === undefined ? undefined : (bid + ask) / 2;
}
