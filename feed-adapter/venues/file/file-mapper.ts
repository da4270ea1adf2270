import { decimal, rfc3339, sidePrice } from '#feed-adapter/venues/fields.ts';
import type { VenueRejection, VenueTick } from '#feed-adapter/venues/venue.ts';
import { tickFlags } from '#protocol/tick.ts';
import type { FileRow } from './file-columns.ts';

/** Unit of times that are numbers; absent: by their size, which is unambiguous from 1973 to 5138. */
export type TimeUnit = 's' | 'ms' | 'us' | 'ns';

/** A tick of a file; its time is always known. */
export type FileTick = VenueTick & { readonly venueTime: number };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A row with a price is a trade, one with only `bid`, `ask` or both is a quote. */
export function mapFileRow(row: FileRow, unit: TimeUnit | undefined): FileTick | VenueRejection {
  const price = numberIn(row.price);
  const bid = sideIn(row.bid);
  const ask = sideIn(row.ask);
  if (typeof row.symbol !== 'string' || row.symbol === '' || isEmpty(row.time)) return 'missing_field';
  if (price === undefined && bid === undefined && ask === undefined) return 'missing_field';
  const venueTime = unixMs(row.time, unit);
  if (!Number.isFinite(venueTime)) return 'malformed';
  const tick: Mutable<FileTick> = { symbol: row.symbol, venueTime };
  if (price !== undefined) tick.price = price;
  if (bid !== undefined) tick.bid = bid;
  if (ask !== undefined) tick.ask = ask;
  addDetails(tick, row);
  return tick;
}

function addDetails(tick: Mutable<FileTick>, row: FileRow): void {
  const size = numberIn(row.size);
  const volume = numberIn(row.volume);
  const tradeId = textIn(row.tradeId);
  const conditions = textIn(row.conditions);
  if (size !== undefined) tick.size = size;
  if (volume !== undefined) tick.volume = volume;
  if (tradeId !== undefined) tick.tradeId = tradeId;
  if (conditions !== undefined) tick.conditions = conditions;
  if (isYes(row.suspicious)) tick.flags = tickFlags.suspect;
}

/** ISO 8601 (without a zone: UTC) or a number since 1970, as Unix ms, cut; NaN for anything else. */
function unixMs(time: unknown, unit: TimeUnit | undefined): number {
  const number = decimal(time);
  if (number !== undefined && Number.isFinite(number)) return cutToMs(number, unit ?? unitOf(number));
  if (typeof time !== 'string') return Number.NaN;
  return rfc3339(/([Zz]|[+-]\d\d:\d\d)$/.test(time) ? time : `${time}Z`) ?? Number.NaN;
}

function unitOf(number: number): TimeUnit {
  const size = Math.abs(number);
  if (size < 1e11) return 's';
  if (size < 1e14) return 'ms';
  return size < 1e17 ? 'us' : 'ns';
}

const microsecondsPer: Readonly<Record<TimeUnit, number>> = { s: 1e6, ms: 1e3, us: 1, ns: 1e-3 };

/** Computed in whole microseconds: 1381132830.27 s times 1000 is a little less than …270, and would be cut to …269. */
function cutToMs(number: number, unit: TimeUnit): number {
  return Math.floor(Math.round(number * microsecondsPer[unit]) / 1000);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** NaN when it is there but is no number; the normaliser refuses that. */
function numberIn(value: unknown): number | undefined {
  return isEmpty(value) ? undefined : (decimal(value) ?? Number.NaN);
}

function sideIn(value: unknown): number | undefined {
  return isEmpty(value) || sidePrice(value) === undefined ? undefined : numberIn(value);
}

function textIn(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isYes(value: unknown): boolean {
  return value === true || value === 1 || (typeof value === 'string' && /^(1|true|yes|y)$/i.test(value));
}
