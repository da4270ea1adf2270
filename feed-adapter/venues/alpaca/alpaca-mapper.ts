import { decimal, type Fields, rfc3339, sidePrice, wholeNumber } from '#feed-adapter/venues/fields.ts';
import type { VenueRejection, VenueTick } from '#feed-adapter/venues/venue.ts';
import type { VenueSymbols } from '#feed-adapter/venues/venue-symbols.ts';
import type { StockSymbol } from '#protocol/symbol.ts';

/**
 * Maps one of Alpaca's data messages. Corrections (`c`), cancels (`x`), bars and status are
 * `unmapped_type`: they are not subscribed, though the venue sends the first two along with trades.
 * https://docs.alpaca.markets/docs/real-time-stock-pricing-data
 */
export function mapAlpaca(message: Fields, symbols: VenueSymbols): VenueTick | VenueRejection {
  const { T: type, S: theirs } = message;
  if (typeof type !== 'string') return 'missing_field';
  if (type !== 't' && type !== 'q') return 'unmapped_type';
  if (theirs === undefined) return 'missing_field';
  const symbol = symbols.oursOf(theirs);
  if (symbol === undefined) return 'unknown_symbol';
  return type === 't' ? tradeOf(symbol, message) : quoteOf(symbol, message);
}

function tradeOf(symbol: StockSymbol, message: Fields): VenueTick | VenueRejection {
  const id = wholeNumber(message.i);
  const price = decimal(message.p);
  const size = decimal(message.s);
  const venueTime = rfc3339(message.t);
  if (id === undefined || price === undefined || size === undefined || venueTime === undefined)
    return 'missing_field';
  const conditions = conditionsOf(message.c);
  // Each exchange numbers its own trades, so the id alone is not unique on a consolidated feed.
  const tradeId = typeof message.x === 'string' ? `${message.x.slice(0, 8)}-${id}` : String(id);
  return { symbol, price, size, venueTime, tradeId, ...(conditions !== '' && { conditions }) };
}

/** A side without orders is written 0; a quote without any side says nothing that can be shown. */
function quoteOf(symbol: StockSymbol, message: Fields): VenueTick | VenueRejection {
  const bid = sidePrice(message.bp);
  const ask = sidePrice(message.ap);
  const venueTime = rfc3339(message.t);
  if (venueTime === undefined || (bid === undefined && ask === undefined)) return 'missing_field';
  return { symbol, ...(bid !== undefined && { bid }), ...(ask !== undefined && { ask }), venueTime };
}

const conditionsMax = 8;

/** `["@","I"]` → `@,I`; the codes are one or two characters. */
function conditionsOf(codes: unknown): string {
  if (!Array.isArray(codes)) return '';
  const texts = codes.filter((code): code is string => typeof code === 'string');
  return texts
    .slice(0, conditionsMax)
    .map((code) => code.slice(0, 8))
    .join(',');
}
