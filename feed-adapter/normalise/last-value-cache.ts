import type { VenueTick } from '#feed-adapter/venues/venue.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { PriceLevel, type PriceLevelLimits } from './price-level.ts';
import { RecentIds } from './recent-ids.ts';

/** How much of each symbol is remembered. */
export interface LastValueLimits extends PriceLevelLimits {
  /** Trade ids remembered per symbol, to recognise a trade that is sent twice. */
  readonly tradeIdsMax: number;
}

/** A tick's prices: those of its message, and the last known ones for what the message did not say. */
export interface Filled {
  readonly price: number;
  readonly bid: number | undefined;
  readonly ask: number | undefined;
  readonly volume: number | undefined;
  readonly suspect: boolean;
  readonly outOfOrder: boolean;
}

/** The last values of one symbol: its last good trade price, both sides of the quote, and the day's volume. */
export class LastValues {
  readonly symbol: StockSymbol;
  readonly #level: PriceLevel;
  readonly #tradeIds: RecentIds;
  /**
   * The values, by `place`. As fields they would be objects on the heap, allocated by each tick and kept
   * until the symbol's next: with 50,000 symbols their collection took a quarter of the adapter's time.
   */
  readonly #numbers = Float64Array.from(nothingKnown);

  constructor(symbol: StockSymbol, limits: LastValueLimits) {
    this.symbol = symbol;
    this.#level = new PriceLevel(limits);
    this.#tradeIds = new RecentIds(limits.tradeIdsMax);
  }

  /** From now on, a trade with this id is a duplicate: it is published already. */
  remember(tradeId: string): void {
    this.#tradeIds.take(tradeId);
  }

  /** Takes over the values of a validated message; or says why it can not be a tick. */
  fill(message: VenueTick, venueTime: number): Filled | 'no_price' | 'duplicate_trade' {
    const bid = message.bid ?? this.#known(place.bid);
    const ask = message.ask ?? this.#known(place.ask);
    const price = message.price ?? this.#known(place.tradePrice) ?? middle(bid, ask);
    const { tradeId } = message;
    if (price !== undefined && tradeId !== undefined && !this.#tradeIds.take(tradeId))
      return 'duplicate_trade';
    this.#takeSides(message, venueTime);
    if (price === undefined) return 'no_price';
    const suspect = this.#judge(message, price, venueTime);
    const outOfOrder = this.#isBefore(venueTime, place.newest);
    // A message that was dated by its receipt says nothing of the venue's order.
    if (!outOfOrder && message.venueTime !== undefined) this.#numbers[place.newest] = venueTime;
    return {
      price,
      bid: this.#known(place.bid),
      ask: this.#known(place.ask),
      volume: this.#known(place.volume),
      suspect,
      outOfOrder,
    };
  }

  /**
   * Trades and quotes are dated apart, because venues send them on channels with clocks of their own:
   * a trade that is a little behind the quotes is still the newest trade.
   */
  #takeSides(message: VenueTick, venueTime: number): void {
    const { bid, ask, volume } = message;
    if (volume !== undefined) this.#numbers[place.volume] = volume;
    if (bid === undefined && ask === undefined) return;
    if (this.#isBefore(venueTime, place.newestQuote)) return;
    this.#numbers[place.newestQuote] = venueTime;
    if (bid !== undefined) this.#numbers[place.bid] = bid;
    if (ask !== undefined) this.#numbers[place.ask] = ask;
  }

  /** Only a new price is judged; one carried over would outvote the market by being repeated. */
  #judge(message: VenueTick, price: number, venueTime: number): boolean {
    if (message.price === undefined && this.#known(place.tradePrice) !== undefined) return false;
    const suspect = this.#level.isSuspect(price);
    if (message.price === undefined || suspect || this.#isBefore(venueTime, place.newestTrade))
      return suspect;
    this.#numbers[place.newestTrade] = venueTime;
    this.#numbers[place.tradePrice] = price;
    return false;
  }

  #known(at: number): number | undefined {
    const number = this.#numbers[at];
    return Number.isNaN(number) ? undefined : number;
  }

  #isBefore(venueTime: number, at: number): boolean {
    return venueTime < (this.#numbers[at] ?? Number.NEGATIVE_INFINITY);
  }
}

/** Index of each value; NaN = not known. */
const place = {
  /** Price of the newest trade that was not suspect. */
  tradePrice: 0,
  bid: 1,
  ask: 2,
  volume: 3,
  /** Venue time of the newest message, of the newest trade and of the newest quote; Unix ms. */
  newest: 4,
  newestTrade: 5,
  newestQuote: 6,
} as const;

/** No venue time is before NaN. */
const nothingKnown = Object.keys(place).map(() => Number.NaN);

function middle(bid: number | undefined, ask: number | undefined): number | undefined {
  return bid === undefined || ask === undefined ? undefined : (bid + ask) / 2;
}
