import type { SocketSink } from '#loadtest/swarm/dialect/dialect.ts';
import { keyOfBytes } from '#loadtest/swarm/dialect/symbol-key.ts';

/**
 * Reads `{"symbol":"S1","seq":7,"received":1731000000000,` where it begins at `at`: an update as `update.ts`
 * makes it, whose first three fields are all that is looked at. Returns where they end, or -1.
 */
export function readFlatUpdate(bytes: Buffer, at: number, end: number, sink: SocketSink): number {
  if (!startsWith(bytes, at, end, symbolField)) return -1;
  const symbol = at + symbolField.length;
  let symbolEnd = symbol;
  while (symbolEnd < end && bytes[symbolEnd] !== quote) symbolEnd++;
  if (!startsWith(bytes, symbolEnd, end, seqField)) return -1;
  const seq = symbolEnd + seqField.length;
  const seqEnd = digitsEnd(bytes, seq, end);
  if (seqEnd === seq || !startsWith(bytes, seqEnd, end, receivedField)) return -1;
  const received = seqEnd + receivedField.length;
  const receivedEnd = digitsEnd(bytes, received, end);
  if (receivedEnd === received) return -1;
  const number = numberOf(bytes, seq, seqEnd);
  sink.update(
    keyOfBytes(bytes, symbol, symbolEnd),
    number,
    number,
    numberOf(bytes, received, receivedEnd),
    false,
  );
  return receivedEnd;
}

/** Whether `word` stands at `at`, all of it before `end`. */
export function startsWith(bytes: Buffer, at: number, end: number, word: Buffer): boolean {
  if (end - at < word.length) return false;
  for (let index = 0; index < word.length; index++) if (bytes[at + index] !== word[index]) return false;
  return true;
}

const quote = 0x22;
const symbolField = Buffer.from('{"symbol":"');
const seqField = Buffer.from('","seq":');
const receivedField = Buffer.from(',"received":');

function digitsEnd(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39) at++;
  return at;
}

function numberOf(bytes: Buffer, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at++) number = number * 10 + (bytes[at] as number) - 0x30;
  return number;
}
