import { getProperty } from 'dot-prop';
import { decimal, type Fields, isFields, rfc3339 } from '#feed-adapter/venues/fields.ts';
import type { Mapped } from '#feed-adapter/venues/mapped.ts';
import type { VenueRejection, VenueTick } from '#feed-adapter/venues/venue.ts';
import type { VenueSymbols } from '#feed-adapter/venues/venue-symbols.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { HttpPollPaths, TimeUnit } from './http-poll-options.ts';

/** Maps the answers of a polled source. Remembers what it passed on, because most polls bring nothing new. */
export interface HttpPollMapper {
  /** The answer to a request for one symbol. */
  one(symbol: StockSymbol, answer: unknown): Mapped;
  /** The answer to a request for all; symbols that were not asked for are left out. */
  all(answer: unknown): readonly Mapped[];
}

/** Passes on what is new in an answer, by the last one of each symbol. */
export function createHttpPollMapper(paths: HttpPollPaths, symbols: VenueSymbols): HttpPollMapper {
  /** What was last passed on for each symbol, to recognise what is new. */
  const told = new Map<StockSymbol, VenueTick>();

  function item(symbol: StockSymbol, value: unknown): Mapped {
    const tick = tickOf(symbol, value, paths);
    if (typeof tick === 'string') return tick;
    if (isSame(tick, told.get(symbol))) return undefined;
    told.set(symbol, tick);
    return tick;
  }

  function one(symbol: StockSymbol, answer: unknown): Mapped {
    return item(symbol, paths.itemsPath === undefined ? answer : firstOf(at(answer, paths.itemsPath)));
  }

  function all(answer: unknown): readonly Mapped[] {
    const found = itemsBySymbol(at(answer, paths.itemsPath ?? ''), paths, symbols);
    if (found === undefined) return ['missing_field'];
    // A symbol that the answer lacks is a missing field, each time: it may have been renamed.
    return symbols.ours.map((symbol) =>
      found.has(symbol) ? item(symbol, found.get(symbol)) : 'missing_field',
    );
  }

  return { one, all };
}

function itemsBySymbol(
  items: unknown,
  paths: HttpPollPaths,
  symbols: VenueSymbols,
): ReadonlyMap<StockSymbol, unknown> | undefined {
  const found = new Map<StockSymbol, unknown>();
  const take = (theirs: unknown, value: unknown) => {
    const symbol = symbols.oursOf(theirs);
    if (symbol !== undefined) found.set(symbol, value);
  };
  if (Array.isArray(items)) for (const value of items) take(at(value, paths.symbolPath ?? ''), value);
  else if (isFields(items)) for (const [theirs, value] of Object.entries(items)) take(theirs, value);
  else return undefined;
  return found;
}

function tickOf(symbol: StockSymbol, value: unknown, paths: HttpPollPaths): VenueTick | VenueRejection {
  const price = numberAt(value, paths.pricePath);
  const venueTime =
    paths.timePath === undefined ? undefined : timeOf(at(value, paths.timePath), paths.timeUnit);
  if (price === undefined || (paths.timePath !== undefined && venueTime === undefined))
    return 'missing_field';
  const size = numberAt(value, paths.sizePath);
  const bid = numberAt(value, paths.bidPath);
  const ask = numberAt(value, paths.askPath);
  const volume = numberAt(value, paths.volumePath);
  return {
    symbol,
    price,
    ...(venueTime !== undefined && { venueTime }),
    ...(size !== undefined && { size }),
    ...(bid !== undefined && { bid }),
    ...(ask !== undefined && { ask }),
    ...(volume !== undefined && { volume }),
  };
}

/** Volume and size are left out: they change with a trade, and a trade changes time or price. */
function isSame(tick: VenueTick, last: VenueTick | undefined): boolean {
  if (last === undefined || tick.price !== last.price || tick.venueTime !== last.venueTime) return false;
  return tick.bid === last.bid && tick.ask === last.ask;
}

const nsPerMs = 1_000_000;

function timeOf(value: unknown, unit: TimeUnit = 'ms'): number | undefined {
  if (unit === 'iso') return rfc3339(value);
  const number = decimal(value);
  if (number === undefined || unit === 'ms') return number;
  return Math.floor(unit === 's' ? number * 1000 : number / nsPerMs);
}

function numberAt(value: unknown, path: string | undefined): number | undefined {
  return path === undefined ? undefined : decimal(at(value, path));
}

/** The value at a path, or undefined; the empty path is the value itself. */
function at(value: unknown, path: string): unknown {
  if (path === '') return value;
  return isContainer(value) ? getProperty(value, path) : undefined;
}

function isContainer(value: unknown): value is Fields | readonly unknown[] {
  return isFields(value) || Array.isArray(value);
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}
