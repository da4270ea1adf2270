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
 * Reads the head of a live message into `head` and says whether there was one. Called for every
 * message: it fills the caller's object and reads the digits off the bytes, so nothing is allocated.
 */
export function readLiveMessageHead(bytes: Uint8Array, head: LiveMessageHead): boolean {
  const dashAt = digitsEnd(bytes, 0);
  if (dashAt === 0 || bytes[dashAt] !== dash) return false;
  const blankAt = digitsEnd(bytes, dashAt + 1);
  if (blankAt === dashAt + 1 || bytes[blankAt] !== blank) return false;
  head.epoch = readDigits(bytes, 0, dashAt);
  head.seq = readDigits(bytes, dashAt + 1, blankAt);
  head.payloadAt = blankAt + 1;
  return true;
}

function digitsEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at - start < digitsMax && isDigit(bytes[at])) at++;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= zero + 9;
}

function readDigits(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + (bytes[at] ?? zero) - zero;
  return value;
}
