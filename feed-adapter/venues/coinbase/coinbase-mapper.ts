import { decimal, type Fields, rfc3339, sidePrice, wholeNumber } from '#feed-adapter/venues/fields.ts';
import type { Mapped } from '#feed-adapter/venues/mapped.ts';
import { SequenceGaps } from '#feed-adapter/venues/sequence-gaps.ts';
import type { LastNumbers, VenueRejection, VenueSink, VenueTick } from '#feed-adapter/venues/venue.ts';
import type { VenueSymbols } from '#feed-adapter/venues/venue-symbols.ts';
import type { StockSymbol } from '#protocol/symbol.ts';

/** Coinbase's data messages in our words. https://docs.cdp.coinbase.com/exchange/websocket-feed/channels */
export interface CoinbaseMapper {
  /** A tick, why there is none, or undefined for a message that brings nothing new. */
  map(message: Fields): Mapped;
}

/** What has been passed on of one product; kept over reconnects. */
interface Product {
  /** Trade of the newest match. */
  match: number | undefined;
  /** Trade of the newest ticker that came before its match, and was therefore passed on as the trade. */
  ticker: number | undefined;
  /** Last trade of the newest heartbeat. */
  heartbeat: number | undefined;
}

/**
 * `trade_id` is contiguous per product on the matches channel. `sequence` is not: it counts the events
 * of the whole order book, of which a trade is one.
 * @param gap called with how many matches of a product are missing
 * @param last the last trade of each product that was published before; absent: none
 */
export function createCoinbaseMapper(
  symbols: VenueSymbols,
  gap: VenueSink['gap'],
  last?: LastNumbers,
): CoinbaseMapper {
  const gaps = new SequenceGaps(last);
  const products = new Map<StockSymbol, Product>();
  for (const symbol of symbols.ours)
    products.set(symbol, { match: undefined, ticker: undefined, heartbeat: undefined });

  function map(message: Fields): Mapped {
    const { type, product_id } = message;
    if (typeof type !== 'string') return 'missing_field';
    if (type !== 'ticker' && type !== 'match' && type !== 'last_match' && type !== 'heartbeat')
      return 'unmapped_type';
    if (product_id === undefined) return 'missing_field';
    const symbol = symbols.oursOf(product_id);
    const product = symbol === undefined ? undefined : products.get(symbol);
    if (symbol === undefined || product === undefined) return 'unknown_symbol';
    if (type === 'ticker') return tickerOf(symbol, product, message);
    return type === 'heartbeat' ? heartbeat(symbol, product, message) : match(symbol, product, message);
  }

  /** `match`, or `last_match`: the last trade before the subscription, sent as a snapshot. */
  function match(symbol: StockSymbol, product: Product, message: Fields): Mapped {
    const trade = tradeOf(symbol, message, message.size);
    if (typeof trade === 'string') return trade;
    const missed = gaps.missedBefore(symbol, trade.id);
    if (missed > 0) gap(symbol, missed);
    product.match = trade.id;
    return trade.id === product.ticker ? undefined : trade.tick;
  }

  /**
   * Heartbeats and matches overtake each other, so a heartbeat's trade is missing only if it has not
   * come by the next one, a second later.
   */
  function heartbeat(symbol: StockSymbol, product: Product, message: Fields): VenueRejection | undefined {
    const tradeId = wholeNumber(message.last_trade_id);
    if (tradeId === undefined) return 'missing_field';
    const missed = gaps.missedUpTo(symbol, product.heartbeat ?? 0);
    product.heartbeat = tradeId;
    if (missed > 0) gap(symbol, missed);
    return undefined;
  }

  return { map };
}

/**
 * Ticker and match bring the same trade, in either order. The first of them is passed on as the trade; a
 * ticker that comes second still brings both sides of the book and is passed on as a quote. A ticker that
 * runs ahead by more than one is a quote as well, because the trades before it are still to come and
 * must not end up after it.
 */
function tickerOf(symbol: StockSymbol, product: Product, message: Fields): Mapped {
  const quote = quoteOf(symbol, message);
  if (message.trade_id === undefined) return quote; // a product that has never been traded
  const trade = tradeOf(symbol, message, message.last_size);
  if (typeof trade === 'string') return trade;
  const newest = Math.max(product.match ?? -1, product.ticker ?? -1);
  if (newest >= 0 && trade.id !== newest + 1) return quote;
  product.ticker = trade.id;
  return typeof quote === 'object' ? { ...quote, ...trade.tick } : trade.tick;
}

interface Trade {
  readonly id: number;
  readonly tick: VenueTick;
}

function tradeOf(symbol: StockSymbol, message: Fields, sizeField: unknown): Trade | VenueRejection {
  const id = wholeNumber(message.trade_id);
  const price = decimal(message.price);
  const size = decimal(sizeField);
  const venueTime = rfc3339(message.time);
  if (id === undefined || price === undefined || size === undefined || venueTime === undefined)
    return 'missing_field';
  return { id, tick: { symbol, price, size, venueTime, tradeId: String(id), venueNumber: id } };
}

/** Both sides of the book and the volume of the last 24 hours; undefined when no side has an order. */
function quoteOf(symbol: StockSymbol, message: Fields): Mapped {
  if (message.best_bid === undefined && message.best_ask === undefined) return 'missing_field';
  const bid = sidePrice(message.best_bid);
  const ask = sidePrice(message.best_ask);
  if (bid === undefined && ask === undefined) return undefined;
  const volume = decimal(message.volume_24h);
  const venueTime = rfc3339(message.time);
  return {
    symbol,
    ...(bid !== undefined && { bid }),
    ...(ask !== undefined && { ask }),
    ...(volume !== undefined && { volume }),
    ...(venueTime !== undefined && { venueTime }),
  };
}
