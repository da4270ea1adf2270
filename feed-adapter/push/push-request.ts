import type { NormaliserRejection } from '#feed-adapter/normalise/normaliser.ts';
import { tickRanges } from '#feed-adapter/normalise/tick-ranges.ts';
import type { VenueRejection, VenueTick } from '#feed-adapter/venues/venue.ts';

/** The items of a body; or what is wrong with it and where, for people. */
export type ParsedBody =
  | { readonly ok: true; readonly items: readonly unknown[] }
  | { readonly ok: false; readonly problem: string };

/** Why a pushed item becomes no tick. */
export type PushRejection = NormaliserRejection | Extract<VenueRejection, 'malformed' | 'missing_field'>;

/** One item as a venue's message; or why it is none. */
export type ParsedItem =
  | { readonly ok: true; readonly tick: VenueTick }
  | { readonly ok: false; readonly code: PushRejection; readonly message: string };

/** What a pusher can do about a tick that was refused. */
export const pushAdvice: Readonly<Record<NormaliserRejection | 'closed' | 'not_published', string>> = {
  not_finite: 'price, bid, ask, size, volume and time must be finite numbers',
  not_positive: 'price, bid and ask must be above 0, size and volume at least 0',
  out_of_range: `price, bid and ask must be from ${tickRanges.price.min} to ${tickRanges.price.max}, size and volume at most ${tickRanges.amount.max}`,
  text_too_long: `trade_id and conditions must have at most ${tickRanges.textMax} characters`,
  unknown_symbol: 'this symbol is not open for pushing; TICKWIRE_PUSH_SYMBOLS lists those that are',
  from_future: 'time is ahead of our clock by more than 5 s; set your clock, or leave time out',
  too_old: 'time is before 1980; send Unix ms (not seconds), or ISO 8601',
  duplicate_trade: 'this trade_id was published before; there is nothing to do',
  closed: 'this process has stopped leading; send it again',
  not_published:
    'this process stopped leading before it knew that the tick was published; send it again, it may come twice',
  no_price: 'there is no price yet; send price, or both bid and ask',
};

/** Body of `application/json`: an array. */
export function parseJsonBody(text: string): ParsedBody {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return { ok: true, items: value };
    return { ok: false, problem: 'the body must be an array of ticks, e.g. [{"symbol":"AAPL","price":150}]' };
  } catch (error) {
    return { ok: false, problem: `the body is not JSON: ${reasonOf(error)}` };
  }
}

/** Body of `application/x-ndjson`: an object per line; empty lines are left out. */
export function parseJsonLines(text: string): ParsedBody {
  const items: unknown[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      items.push(JSON.parse(line));
    } catch (error) {
      return { ok: false, problem: `line ${index + 1} is not JSON: ${reasonOf(error)}` };
    }
  }
  return { ok: true, items };
}

/** Shape and types only; the normaliser checks the values. A field that is null is absent. */
export function parseItem(item: unknown): ParsedItem {
  if (typeof item !== 'object' || item === null || Array.isArray(item))
    return refuse('malformed', 'a tick is an object, e.g. {"symbol":"AAPL","price":150}');
  const fields = new Map<string, unknown>(Object.entries(item).filter(([, value]) => value !== null));
  if (!fields.has('symbol') || !fields.has('price'))
    return refuse('missing_field', 'a tick needs symbol and price');
  const wrong = rules.find(({ name, holds }) => fields.has(name) && !holds(fields.get(name)));
  if (wrong !== undefined) return refuse('malformed', `${wrong.name} must be ${wrong.must}`);
  return { ok: true, tick: tickOf(fields) };
}

interface Rule {
  readonly name: string;
  readonly holds: (value: unknown) => boolean;
  readonly must: string;
}

const numberNames = ['price', 'size', 'bid', 'ask', 'volume'] as const;
const iso8601 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

const rules: readonly Rule[] = [
  { name: 'symbol', holds: isText, must: 'a string of 1 to 64 characters' },
  ...numberNames.map((name) => ({ name, holds: isNumber, must: 'a number, without quotes' })),
  {
    name: 'time',
    holds: (value) => timeOf(value) !== undefined,
    must: 'Unix ms, or ISO 8601 with a time zone, e.g. 2024-09-14T12:34:56.789Z',
  },
  {
    name: 'trade_id',
    holds: (value) => isText(value) || Number.isSafeInteger(value),
    must: 'an integer, or a string of 1 to 64 characters',
  },
  { name: 'conditions', holds: isText, must: 'a string of 1 to 64 characters' },
];

function tickOf(fields: ReadonlyMap<string, unknown>): VenueTick {
  const venueTime = timeOf(fields.get('time'));
  const tradeId = fields.get('trade_id');
  const conditions = fields.get('conditions');
  const numbers = numberNames.map((name) => [name, fields.get(name)]).filter(([, value]) => isNumber(value));
  return {
    symbol: String(fields.get('symbol')),
    ...Object.fromEntries(numbers),
    ...(venueTime !== undefined && { venueTime }),
    ...(tradeId !== undefined && { tradeId: String(tradeId) }),
    ...(isText(conditions) && { conditions }),
  };
}

/** Unix ms; undefined when it is no time. */
function timeOf(value: unknown): number | undefined {
  if (isNumber(value)) return value;
  const time = typeof value === 'string' && iso8601.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 64;
}

function refuse(code: PushRejection, message: string): ParsedItem {
  return { ok: false, code, message };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
