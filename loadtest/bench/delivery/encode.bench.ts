import assert from 'node:assert/strict';
import { build } from 'hdr-histogram-js';
import { Packr } from 'msgpackr';
import type { Bench, Measured } from '#loadtest/bench/harness/bench.ts';
import { type Codec, codecs, type Frame } from '#protocol/codec.ts';
import type { PriceUpdateMessage } from '#protocol/messages.ts';
import { toPriceUpdate } from '#protocol/price-update.ts';
import { parseSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';

/*
 * What does the frame of an update cost, and what does it save to encode it once?
 *
 *   tick ──┬─▶ JSON: the codec             against the bytes of JSON.stringify of the message, made beforehand
 *          ├─▶ MessagePack: the codec      against msgpackr's pack of the message, made beforehand
 *          └─▶ for 50 sockets: encoded 50 times, against once
 *
 * Timed: CPU nanoseconds, user and system, of this process per update; 1,000 batches of 500 updates a run,
 * each of another tick. The p99 is that of the batches. "Once" and "each" are per update and
 * socket, with the encoding alone: how frames get to sockets is the matter of the fan-out benches.
 * Fails when a frame read back is not the update, or when the bytes of a run are not as many as they must be.
 */
const batches = 1000;
const batchUpdates = 500;
const sockets = 50;
const symbol = parseSymbol('AAPL') ?? fail();

const plainPackr = new Packr({ useRecords: false });
const ticks = Array.from({ length: batchUpdates }, (_, seq) => tickOf(seq));
const messages = ticks.map(messageOf);
const encodeTick = (codec: Codec) => (seq: number) => codec.encodeUpdate(ticks[seq] ?? fail(), seq);

interface Way {
  /** The frame of update `seq`. */
  readonly encode: (seq: number) => Frame;
  readonly decode: (frame: Frame) => unknown;
  readonly times?: number;
  /** Sockets that a frame is for. */
  readonly sockets?: number;
}

const ways: Readonly<Record<string, Way>> = {
  'JSON, codec': { encode: encodeTick(codecs.json), decode: fromText },
  'JSON.stringify': { encode: (seq) => Buffer.from(JSON.stringify(messages[seq])), decode: fromText },
  'MessagePack, codec': {
    encode: encodeTick(codecs.msgpack),
    decode: (frame) => decoded(codecs.msgpack, frame),
  },
  msgpackr: {
    encode: (seq) => plainPackr.pack(messages[seq]),
    decode: (frame) => decoded(codecs.msgpack, frame),
  },
  'JSON, once for 50 sockets': {
    encode: encodeTick(codecs.json),
    decode: fromText,
    sockets,
  },
  'JSON, for each of 50 sockets': {
    encode: encodeTick(codecs.json),
    decode: fromText,
    sockets,
    times: sockets,
  },
};

/** What the runner measures: the rows, what each is compared with, and what has to hold. */
export const bench = {
  unit: 'CPU ns per update',
  better: 'lower',
  rows: [
    { name: 'JSON, codec', against: 'JSON.stringify' },
    { name: 'JSON.stringify', against: 'JSON.stringify' },
    { name: 'MessagePack, codec', against: 'msgpackr' },
    { name: 'msgpackr', against: 'msgpackr' },
    { name: 'JSON, once for 50 sockets', against: 'JSON, for each of 50 sockets' },
    { name: 'JSON, for each of 50 sockets', against: 'JSON, for each of 50 sockets' },
  ],
  warmUpRuns: 2,
  claims: [
    { row: 'JSON, codec', of: 'ratio', atMost: 1 },
    { row: 'MessagePack, codec', of: 'ratio', atMost: 0.5 },
    { row: 'JSON, once for 50 sockets', of: 'ratio', atMost: 0.05 },
  ],
  async open() {
    for (const [name, way] of Object.entries(ways)) checkFrames(name, way);
    return async (row) => run(ways[row] ?? fail());
  },
} satisfies Bench;

function run(way: Way): Measured {
  const { times = 1, sockets: shared = 1 } = way;
  const picos = build({ numberOfSignificantValueDigits: 3, autoResize: true });
  let sum = 0;
  let bytes = 0;
  for (let batch = 0; batch < batches / times; batch++) {
    const cpu = process.cpuUsage();
    for (let seq = 0; seq < batchUpdates; seq++)
      for (let time = 0; time < times; time++) bytes += way.encode(seq).length;
    const { user, system } = process.cpuUsage(cpu);
    const nanos = ((user + system) * 1000) / batchUpdates / shared;
    picos.recordValue(Math.round(nanos * 1000));
    sum += nanos;
  }
  const expected = bytesOfBatch(way) * times * Math.ceil(batches / times);
  if (bytes !== expected) throw new Error(`${bytes} bytes instead of ${expected}`);
  const p99 = picos.getValueAtPercentile(99) / 1000;
  return { value: sum / picos.totalCount, figures: { 'p99 ns': p99, 'bytes a frame': way.encode(1).length } };
}

function bytesOfBatch({ encode }: Way): number {
  return messages.reduce((sum, _, seq) => sum + encode(seq).length, 0);
}

function checkFrames(name: string, { encode, decode }: Way): void {
  for (const [seq, message] of messages.entries()) assert.deepEqual(decode(encode(seq)), message, name);
}

function fromText(frame: Frame): unknown {
  return JSON.parse(Buffer.from(frame).toString());
}

function decoded(codec: Codec, frame: Frame): unknown {
  const read = codec.decode(Buffer.from(frame));
  return read.ok ? read.value : undefined;
}

function messageOf(tick: Tick, seq: number): PriceUpdateMessage {
  return { type: 'price_update', data: { [tick.symbol]: toPriceUpdate(tick, seq) } };
}

function tickOf(seq: number): Tick {
  const price = 100 + (seq % 97) / 100;
  const now = 1_731_000_000_000 + seq;
  return {
    symbol,
    price,
    size: 100,
    bid: price - 0.5,
    ask: price + 0.5,
    source: 'bench',
    venueTime: now,
    receivedAt: now,
    flags: 0,
  };
}

function fail(): never {
  throw new Error('the bench names what it does not have');
}
