import { decimal, type Fields, sidePrice, wholeNumber } from '#feed-adapter/venues/fields.ts';
import type { Mapped } from '#feed-adapter/venues/mapped.ts';
import { SequenceGaps } from '#feed-adapter/venues/sequence-gaps.ts';
import type { LastNumbers, VenueSink } from '#feed-adapter/venues/venue.ts';
import type { VenueSymbols } from '#feed-adapter/venues/venue-symbols.ts';
import type { StockSymbol } from '#protocol/symbol.ts';

/** Maps Binance's stream payloads, combined or raw (the caller takes the wrapping off). */
export interface BinanceMapper {
  /** A tick, why there is none, or undefined for a message that brings nothing new. */
  map(message: Fields): Mapped;
}

/**
 * Trade ids (`t`) and aggregate ids (`a`) are contiguous per symbol; a venue brings one of the two.
 * @param gap called with how many trades, or aggregates of trades, of a symbol are missing
 * @param last the last id of each symbol that was published before; absent: none
 */
export function createBinanceMapper(
  symbols: VenueSymbols,
  gap: VenueSink['gap'],
  last?: LastNumbers,
): BinanceMapper {
  const gaps = new SequenceGaps(last);

  function map(message: Fields): Mapped {
    const { e: type, s: theirs } = message;
    const isQuote = type === 'bookTicker' || (type === undefined && message.u !== undefined);
    if (type === undefined && !isQuote) return 'missing_field';
    if (type !== 'trade' && type !== 'aggTrade' && !isQuote) return 'unmapped_type';
    if (theirs === undefined) return 'missing_field';
    const symbol = symbols.oursOf(theirs);
    if (symbol === undefined) return 'unknown_symbol';
    if (isQuote) return quoteOf(symbol, message);
    return trade(symbol, message, type === 'trade' ? message.t : message.a);
  }

  function trade(symbol: StockSymbol, message: Fields, idField: unknown): Mapped {
    const id = wholeNumber(idField);
    const price = decimal(message.p);
    const size = decimal(message.q);
    const venueTime = decimal(message.T);
    if (id === undefined || price === undefined || size === undefined || venueTime === undefined)
      return 'missing_field';
    const missed = gaps.missedBefore(symbol, id);
    if (missed > 0) gap(symbol, missed);
    return { symbol, price, size, venueTime, tradeId: String(id), venueNumber: id };
  }

  return { map };
}

/**
 * The best price of both sides. It has no type, no time, and its number `u` counts the changes of the
 * whole book, most of which is not passed on. Undefined when no side has an order.
 */
function quoteOf(symbol: StockSymbol, message: Fields): Mapped {
  if (message.b === undefined || message.a === undefined) return 'missing_field';
  const bid = sidePrice(message.b);
  const ask = sidePrice(message.a);
  if (bid === undefined && ask === undefined) return undefined;
  return { symbol, ...(bid !== undefined && { bid }), ...(ask !== undefined && { ask }) };
}
