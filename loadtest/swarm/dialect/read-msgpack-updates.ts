import type { FastRead, SocketSink } from './dialect.ts';
import { keyOfBytes } from './symbol-key.ts';

/**
 * Reads `{type: 'price_update', data: {SYMBOL: {…}, …}}` as it stands in the bytes: 0.16 to 0.24 µs of CPU for an
 * update of eight fields, on a busy machine. Fields may come in any order; what is not looked at is stepped over.
 */
export function readMsgpackUpdates(bytes: Buffer, start: number, end: number, sink: SocketSink): FastRead {
  if (end - start < beginning.length + 2) return 'not-mine';
  for (let index = 0; index < beginning.length; index++)
    if (bytes[start + index] !== beginning[index]) return 'not-mine';
  let at = start + beginning.length;
  let symbols = bytes[at] as number;
  if ((symbols & 0xf0) === 0x80) {
    symbols &= 0x0f;
    at += 1;
  } else if (symbols === 0xde) {
    symbols = bytes.readUInt16BE(at + 1);
    at += 3;
  } else return 'not-mine';
  for (let told = 0; told < symbols; told++) {
    at = readUpdate(bytes, at, end, sink);
    if (at < 0) return told === 0 ? 'not-mine' : 'broken';
  }
  return at === end ? 'read' : 'broken';
}

const text = (word: string): number[] => [0xa0 | word.length, ...Buffer.from(word)];
const beginning = Buffer.from([0x82, ...text('type'), ...text('price_update'), ...text('data')]);

/** Returns where the symbol's update ends, or -1 when it can not be read. */
function readUpdate(bytes: Buffer, start: number, end: number, sink: SocketSink): number {
  const symbolHead = bytes[start] as number;
  if ((symbolHead & 0xe0) !== 0xa0) return -1;
  const symbolEnd = start + 1 + (symbolHead & 0x1f);
  const map = bytes[symbolEnd] as number;
  if (symbolEnd >= end || ((map & 0xf0) !== 0x80 && map !== 0xde)) return -1;
  let at = symbolEnd + (map === 0xde ? 3 : 1);
  if (at > end) return -1;
  const fields = map === 0xde ? bytes.readUInt16BE(symbolEnd + 1) : map & 0x0f;
  let seq = -1;
  let from = -1;
  let received = 0;
  let snapshot = false;
  for (let field = 0; field < fields; field++) {
    const key = at;
    at = skip(bytes, at, end);
    if (at < 0 || at >= end) return -1;
    const value = at;
    at = skip(bytes, at, end);
    if (at < 0 || at > end) return -1;
    switch (bytes[key]) {
      case 0xa3:
        if (isSeq(bytes, key + 1)) seq = numberAt(bytes, value);
        break;
      case 0xa4:
        if (isFrom(bytes, key + 1)) from = numberAt(bytes, value);
        break;
      case 0xa8:
        if (isReceived(bytes, key + 1)) received = numberAt(bytes, value);
        else if (isSnapshot(bytes, key + 1)) snapshot = bytes[value] === 0xc3;
        break;
      default: // no field that is looked at
    }
  }
  if (!(seq >= 0 && received >= 0)) return -1; // absent, negative or no number
  sink.update(keyOfBytes(bytes, start + 1, symbolEnd), from < 0 ? seq : from, seq, received, snapshot);
  return at;
}

/** s e q */
function isSeq(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0x73 && bytes[at + 1] === 0x65 && bytes[at + 2] === 0x71;
}

/** f r o m */
function isFrom(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0x66 && bytes[at + 1] === 0x72 && bytes[at + 2] === 0x6f && bytes[at + 3] === 0x6d;
}

const received = Buffer.from('received');
const snapshot = Buffer.from('snapshot');

function isReceived(bytes: Buffer, at: number): boolean {
  for (let index = 0; index < 8; index++) if (bytes[at + index] !== received[index]) return false;
  return true;
}

function isSnapshot(bytes: Buffer, at: number): boolean {
  for (let index = 0; index < 8; index++) if (bytes[at + index] !== snapshot[index]) return false;
  return true;
}

/** NaN for what is no number. */
function numberAt(bytes: Buffer, at: number): number {
  const head = bytes[at] as number;
  if (head < 0x80) return head;
  switch (head) {
    case 0xcc:
      return bytes[at + 1] as number;
    case 0xcd:
      return ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    case 0xce:
      return bytes.readUInt32BE(at + 1);
    case 0xcf:
      return bytes.readUInt32BE(at + 1) * 4_294_967_296 + bytes.readUInt32BE(at + 5);
    case 0xca:
      return bytes.readFloatBE(at + 1);
    case 0xcb:
      return bytes.readDoubleBE(at + 1);
    default:
      return Number.NaN;
  }
}

/** Where the value ends that begins at `at`; -1 for one that is cut off or unknown. */
function skip(bytes: Buffer, at: number, end: number): number {
  const size = sizes[bytes[at] as number] as number;
  return size > 0 ? at + size : skipLong(bytes, at, end);
}

function skipLong(bytes: Buffer, at: number, end: number): number {
  if (at + 5 > bytes.length) return -1;
  const head = bytes[at] as number;
  switch (head) {
    case 0xd9:
      return at + 2 + (bytes[at + 1] as number);
    case 0xda:
      return at + 3 + bytes.readUInt16BE(at + 1);
    case 0xdc:
      return skipAll(bytes, at + 3, end, bytes.readUInt16BE(at + 1));
    case 0xde:
      return skipAll(bytes, at + 3, end, 2 * bytes.readUInt16BE(at + 1));
    default:
      if ((head & 0xf0) === 0x90) return skipAll(bytes, at + 1, end, head & 0x0f);
      return (head & 0xf0) === 0x80 ? skipAll(bytes, at + 1, end, 2 * (head & 0x0f)) : -1;
  }
}

function skipAll(bytes: Buffer, start: number, end: number, values: number): number {
  let at = start;
  for (let index = 0; index < values && at >= 0; index++) at = at < end ? skip(bytes, at, end) : -1;
  return at;
}

/** Bytes of a value whose first byte says all about its size; 0 for the others. */
const sizes = new Uint8Array(256);
sizes.fill(1, 0x00, 0x80);
for (let length = 0; length < 32; length++) sizes[0xa0 + length] = 1 + length;
for (const head of [0xc0, 0xc2, 0xc3]) sizes[head] = 1;
sizes.fill(1, 0xe0, 0x100);
for (const head of [0xcc, 0xd0]) sizes[head] = 2;
for (const head of [0xcd, 0xd1]) sizes[head] = 3;
for (const head of [0xca, 0xce, 0xd2]) sizes[head] = 5;
for (const head of [0xcb, 0xcf, 0xd3]) sizes[head] = 9;
