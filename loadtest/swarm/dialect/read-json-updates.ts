import type { FastRead, SocketSink } from './dialect.ts';
import { keyOfBytes } from './symbol-key.ts';

/**
 * Reads `{"type":"price_update","data":{"SYMBOL":{…},…}}`, written without spaces, as it stands in the bytes.
 * Fields may come in any order; what is not looked at is stepped over.
 */
export function readJsonUpdates(bytes: Buffer, start: number, end: number, sink: SocketSink): FastRead {
  if (end - start < beginning.length + 2) return 'not-mine';
  for (let index = 0; index < beginning.length; index++)
    if (bytes[start + index] !== beginning[index]) return 'not-mine';
  let at = start + beginning.length;
  if (bytes[at] === closingBrace) return at + 2 === end ? 'read' : 'broken';
  for (let told = 0; ; told++) {
    at = readUpdate(bytes, at, end, sink);
    if (at < 0) return told === 0 ? 'not-mine' : 'broken';
    if (bytes[at] !== comma) break;
    at++;
  }
  const closed = bytes[at] === closingBrace && bytes[at + 1] === closingBrace && at + 2 === end;
  return closed ? 'read' : 'broken';
}

const beginning = Buffer.from('{"type":"price_update","data":{');
const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const comma = 0x2c;
const openingBrace = 0x7b;
const closingBrace = 0x7d;

/** Reads `"SYMBOL":{…}`; returns where it ends, or -1 when it can not be read. */
function readUpdate(bytes: Buffer, start: number, end: number, sink: SocketSink): number {
  const symbolEnd = textEnd(bytes, start, end);
  if (symbolEnd < 0 || bytes[symbolEnd] !== colon || bytes[symbolEnd + 1] !== openingBrace) return -1;
  let seq = -1;
  let from = -1;
  let received = 0;
  let snapshot = false;
  let at = symbolEnd + 2;
  for (;;) {
    const key = at + 1;
    const keyEnd = textEnd(bytes, at, end);
    if (keyEnd < 0 || bytes[keyEnd] !== colon) return -1;
    const value = keyEnd + 1;
    at = valueEnd(bytes, value, end);
    if (at < 0 || at >= end) return -1;
    switch (keyEnd - key) {
      case 4:
        if (isText(bytes, key, seqWord)) seq = wholeNumber(bytes, value, at);
        break;
      case 5:
        if (isText(bytes, key, fromWord)) from = wholeNumber(bytes, value, at);
        break;
      case 9:
        if (isText(bytes, key, receivedWord)) received = wholeNumber(bytes, value, at);
        else if (isText(bytes, key, snapshotWord)) snapshot = bytes[value] === 0x74; // true
        break;
      default: // no field that is looked at
    }
    if (bytes[at] === closingBrace) break;
    if (bytes[at] !== comma) return -1;
    at++;
  }
  if (!(seq >= 0 && received >= 0)) return -1; // absent, negative or no whole number
  sink.update(keyOfBytes(bytes, start + 1, symbolEnd - 1), from < 0 ? seq : from, seq, received, snapshot);
  return at + 1;
}

const seqWord = Buffer.from('seq');
const fromWord = Buffer.from('from');
const receivedWord = Buffer.from('received');
const snapshotWord = Buffer.from('snapshot');

function isText(bytes: Buffer, at: number, word: Buffer): boolean {
  for (let index = 0; index < word.length; index++) if (bytes[at + index] !== word[index]) return false;
  return true;
}

/** The digits from `at` to `end` as a number; NaN when there is anything else. */
function wholeNumber(bytes: Buffer, at: number, end: number): number {
  let number = 0;
  for (let index = at; index < end; index++) {
    const digit = (bytes[index] as number) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

/** Where the text that begins at `at` with a quote ends, after its other quote; -1 when it does not. */
function textEnd(bytes: Buffer, at: number, end: number): number {
  if (bytes[at] !== quote) return -1;
  for (let index = at + 1; index < end; index++) {
    const byte = bytes[index];
    if (byte === quote) return index + 1;
    if (byte === backslash) index++;
  }
  return -1;
}

/** Where the value that begins at `at` ends: at the comma or bracket after it; -1 when it does not. */
function valueEnd(bytes: Buffer, at: number, end: number): number {
  let depth = 0;
  for (let index = at; index < end; index++) {
    const byte = bytes[index] as number;
    if (byte === quote) {
      const after = textEnd(bytes, index, end);
      if (after < 0) return -1;
      index = after - 1;
    } else if (byte === openingBrace || byte === 0x5b) depth++;
    else if (byte === closingBrace || byte === 0x5d) {
      if (depth === 0) return index;
      depth--;
    } else if (byte === comma && depth === 0) return index;
  }
  return -1;
}
