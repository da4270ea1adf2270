/** Bytes of a timestamp of the years 0 to 9999, `2024-09-14T12:34:56.789Z`. */
export const timestampLength = 24;

/** Of year 0, and of year 10,000, from which on ISO 8601 is longer; Unix ms. */
const firstMs = -62_167_219_200_000;
const endMs = 253_402_300_800_000;
const dayMs = 86_400_000;
const dateLength = 11;

/** Whether the time is in the years 0 to 9999, whose timestamps are all of one length. */
export function hasPlainTimestamp(unixMs: number): boolean {
  return unixMs >= firstMs && unixMs < endMs;
}

/** `2024-09-14T` of the day written last: most ticks are of one day. */
const keptDate = new Uint8Array(dateLength);
let keptDay = Number.NaN;

/** Writes the text of `Date#toISOString` at `at`, for a time that `hasPlainTimestamp`. */
export function writeTimestamp(bytes: Uint8Array, at: number, unixMs: number): void {
  const day = Math.floor(unixMs / dayMs);
  if (day !== keptDay) keepDate(day);
  for (let i = 0; i < dateLength; i++) bytes[at + i] = keptDate[i] ?? 0;
  const ms = Math.floor(unixMs) - day * dayMs;
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const rest = ms - seconds * 1000;
  writeTwoDigits(bytes, at + 11, hours);
  bytes[at + 13] = colon;
  writeTwoDigits(bytes, at + 14, minutes - hours * 60);
  bytes[at + 16] = colon;
  writeTwoDigits(bytes, at + 17, seconds - minutes * 60);
  bytes[at + 19] = dot;
  const hundreds = Math.floor(rest / 100);
  bytes[at + 20] = zero + hundreds;
  writeTwoDigits(bytes, at + 21, rest - hundreds * 100);
  bytes[at + 23] = letterZ;
}

const zero = 0x30;
const colon = 0x3a;
const dot = 0x2e;
const letterZ = 0x5a;

function keepDate(day: number): void {
  const text = new Date(day * dayMs).toISOString();
  for (let i = 0; i < dateLength; i++) keptDate[i] = text.charCodeAt(i);
  keptDay = day;
}

function writeTwoDigits(bytes: Uint8Array, at: number, value: number): void {
  const tens = Math.floor(value / 10);
  bytes[at] = zero + tens;
  bytes[at + 1] = zero + value - tens * 10;
}
