const dash = '-'.charCodeAt(0);
const blank = ' '.charCodeAt(0);
const zero = '0'.charCodeAt(0);
const digitsMax = 16;

/** The head of a live message, `<epoch>-<seq> <payload>`. */
export interface LiveMessageHead {
  epoch: number;
  seq: number;
  /** Index of the payload's first byte. */
  payloadAt: number;
}

/**
 * Reads the head of the live message that `bytes` hold from `start` to `end` into `head` and says whether
 * there was one. Called for every message: it fills the caller's object, and reads each digit once.
 */
export function readLiveMessageHead(
  bytes: Uint8Array,
  start: number,
  end: number,
  head: LiveMessageHead,
): boolean {
  let at = start;
  let epoch = 0;
  for (let digit = digitAt(bytes, at, end); isDigit(digit); digit = digitAt(bytes, ++at, end))
    epoch = epoch * 10 + digit;
  if (!isNumber(start, at, epoch) || at >= end || bytes[at] !== dash) return false;
  const seqAt = ++at;
  let seq = 0;
  for (let digit = digitAt(bytes, at, end); isDigit(digit); digit = digitAt(bytes, ++at, end))
    seq = seq * 10 + digit;
  if (!isNumber(seqAt, at, seq) || at >= end || bytes[at] !== blank) return false;
  head.epoch = epoch;
  head.seq = seq;
  head.payloadAt = at + 1;
  return true;
}

/** Whether there are digits, and a number that is exact: from 2^53 on `n + 1` may be `n`, and a loop up to it has no end. */
function isNumber(start: number, end: number, value: number): boolean {
  return end > start && end - start <= digitsMax && value <= Number.MAX_SAFE_INTEGER;
}

/** -1 at the end. */
function digitAt(bytes: Uint8Array, at: number, end: number): number {
  return at < end ? (bytes[at] ?? 0) - zero : -1;
}

function isDigit(value: number): boolean {
  return value >= 0 && value <= 9;
}
