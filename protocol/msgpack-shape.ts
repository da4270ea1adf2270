import { depthMax } from './depth.ts';

/** No valid offset: what was looked at is cut off, or is nothing that JSON could say. */
const bad = -1;

/**
 * Whether `bytes` are exactly one MessagePack value that JSON could say too: nil, booleans, numbers,
 * text, lists, and maps with text as keys. Extensions, binary data, other keys, deep nesting, lengths that
 * the bytes do not hold and bytes left over are refused, before anything is allocated for them: an
 * extension may stand for a regular expression, an error or a record that changes how later values are read.
 */
export function isPlainMsgpack(bytes: Uint8Array): boolean {
  return endOfValue(bytes, 0, 0) === bytes.length;
}

/** Offset after the value that begins at `at`, or `bad`. May lie beyond the end when the value is cut off. */
function endOfValue(bytes: Uint8Array, at: number, depth: number): number {
  const head = bytes[at];
  if (head === undefined || depth > depthMax) return bad;
  const size = scalarSizes[head] ?? 0;
  if (size > 0) return at + size;
  if (isText(head)) return endOfText(bytes, at, head);
  if ((head & 0xf0) === 0x90) return endOfList(bytes, at + 1, head & 0x0f, depth);
  if ((head & 0xf0) === 0x80) return endOfMap(bytes, at + 1, head & 0x0f, depth);
  switch (head) {
    case 0xdc:
      return endOfList(bytes, at + 3, lengthAt(bytes, at + 1, 2), depth);
    case 0xdd:
      return endOfList(bytes, at + 5, lengthAt(bytes, at + 1, 4), depth);
    case 0xde:
      return endOfMap(bytes, at + 3, lengthAt(bytes, at + 1, 2), depth);
    case 0xdf:
      return endOfMap(bytes, at + 5, lengthAt(bytes, at + 1, 4), depth);
    default:
      return bad;
  }
}

function endOfList(bytes: Uint8Array, start: number, length: number, depth: number): number {
  let at = start;
  for (let i = 0; i < length && at !== bad; i++) at = endOfValue(bytes, at, depth + 1);
  return at;
}

function endOfMap(bytes: Uint8Array, start: number, length: number, depth: number): number {
  let at = start;
  for (let i = 0; i < length && at !== bad; i++) {
    const head = bytes[at];
    if (head === undefined || !isText(head)) return bad;
    at = endOfValue(bytes, endOfText(bytes, at, head), depth + 1);
  }
  return at;
}

function isText(head: number): boolean {
  return (head & 0xe0) === 0xa0 || (head >= 0xd9 && head <= 0xdb);
}

function endOfText(bytes: Uint8Array, at: number, head: number): number {
  if (head < 0xd9) return at + 1 + (head & 0x1f);
  const lengthBytes = 1 << (head - 0xd9);
  return at + 1 + lengthBytes + lengthAt(bytes, at + 1, lengthBytes);
}

/** The unsigned number of `count` bytes at `at`; what is beyond the end counts as 0 and is refused later. */
function lengthAt(bytes: Uint8Array, at: number, count: number): number {
  let length = 0;
  for (let i = at; i < at + count; i++) length = length * 256 + (bytes[i] ?? 0);
  return length;
}

/** Bytes of a value whose first byte says all about its size; 0 for the others. */
const scalarSizes = new Uint8Array(256);
scalarSizes.fill(1, 0x00, 0x80); // small integers
scalarSizes.fill(1, 0xe0, 0x100); // small negative integers
for (const head of [0xc0, 0xc2, 0xc3]) scalarSizes[head] = 1; // nil, false, true
for (const head of [0xcc, 0xd0]) scalarSizes[head] = 2; // 8 bits
for (const head of [0xcd, 0xd1]) scalarSizes[head] = 3; // 16 bits
for (const head of [0xca, 0xce, 0xd2]) scalarSizes[head] = 5; // 32 bits
for (const head of [0xcb, 0xcf, 0xd3]) scalarSizes[head] = 9; // 64 bits
