/** Instead of an offset: the rest has yet to come. */
export const incomplete = -1;
/** Instead of an offset: it is not Redis' protocol. */
export const malformed = -2;

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const dash = 0x2d;
const depthMax = 8;

/** Offset after the RESP2 reply that begins at `at`, or `incomplete`, or `malformed`. */
export function endOfReply(bytes: Buffer, at: number, depth = 0): number {
  if (at >= bytes.length) return incomplete;
  const lineEnd = endOfLine(bytes, at);
  if (lineEnd < 0) return lineEnd;
  switch (String.fromCharCode(bytes[at] ?? 0)) {
    case '+':
    case '-':
    case ':':
      return lineEnd;
    case '$':
      return endOfText(bytes, at, lineEnd);
    case '*':
      return depth < depthMax ? endOfList(bytes, at, lineEnd, depth) : malformed;
    default:
      return malformed;
  }
}

function endOfLine(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(carriageReturn, at);
  if (end < 0 || end + 1 >= bytes.length) return incomplete;
  return bytes[end + 1] === lineFeed ? end + 2 : malformed;
}

function endOfText(bytes: Buffer, at: number, lineEnd: number): number {
  if (bytes[at + 1] === dash) return lineEnd; // -1: nil
  const end = lineEnd + lengthIn(bytes, at, lineEnd) + 2;
  if (Number.isNaN(end)) return malformed;
  return end > bytes.length ? incomplete : end;
}

function endOfList(bytes: Buffer, at: number, lineEnd: number, depth: number): number {
  if (bytes[at + 1] === dash) return lineEnd; // -1: nil
  const length = lengthIn(bytes, at, lineEnd);
  if (Number.isNaN(length)) return malformed;
  let end = lineEnd;
  for (let i = 0; i < length && end >= 0; i++) end = endOfReply(bytes, end, depth + 1);
  return end;
}

/** The length that the line from `at` to `lineEnd` says behind its first character; NaN when it says none. */
function lengthIn(bytes: Buffer, at: number, lineEnd: number): number {
  const digits = bytes.toString('latin1', at + 1, lineEnd - 2);
  return /^\d{1,9}$/.test(digits) ? Number(digits) : Number.NaN;
}
