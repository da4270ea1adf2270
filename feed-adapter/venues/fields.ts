/**
 * Reads fields of a venue's message, whatever was sent. The rule of all of them: undefined = the field
 * is not there (or of a kind that can not be it), NaN = it is there but is no number; the normaliser refuses
 * what is not finite.
 */
export type Fields = Readonly<Record<string, unknown>>;

/** A value of any type, or that the text was no JSON. */
export type Json = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

/** The JSON value in a frame or body. Does not throw. */
export function readJson(text: string): Json {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false }; // garbage or cut off: expected at this edge, the caller counts it
  }
}

/** An object with fields; not null, not an array. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const decimalPattern = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A number, or a decimal number written as text (`"0.00001305"`); may be infinite (`"1e999"`). */
export function decimal(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  return decimalPattern.test(value) ? Number(value) : Number.NaN;
}

/** Price of one side of the book; venues write 0 for a side without orders, which is no price. */
export function sidePrice(value: unknown): number | undefined {
  const price = decimal(value);
  return price === 0 ? undefined : price;
}

/** A whole number from 0 that a double holds exactly: ids and sequence numbers. */
export function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

const rfc3339Pattern = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?([Zz]|[+-]\d\d:\d\d)$/;

/** RFC 3339 text, to the picosecond if the venue likes, as Unix ms (cut, not rounded). */
export function rfc3339(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const match = rfc3339Pattern.exec(value);
  if (match === null) return Number.NaN;
  const [, date, time, fraction = '', zone = 'Z'] = match;
  return Date.parse(`${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}${zone.toUpperCase()}`);
}

/** What a venue says in its own words, made fit for a status line. */
export function excerpt(value: unknown): string {
  return typeof value === 'string' ? value.replace(/[^\x20-\x7e]/g, '?').slice(0, 200) : '(no text)';
}
