import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameReader, headroomBytes, ReadBuffer, readBytes } from '#loadtest/swarm/worker/frame-reader.ts';
import { codecs, type WireFormat } from '#protocol/codec.ts';
import type { PriceUpdate } from '#protocol/messages.ts';
import { createSeededRandom } from '#test/harness/seeded-random.ts';
import type { SocketSink } from './dialect.ts';
import { keyOfText } from './symbol-key.ts';
import { createTickwireDialect } from './tickwire-dialect.ts';

const random = createSeededRandom(7);
const below = (limit: number): number => Math.floor(random() * limit);
const pick = <Value>(values: readonly Value[]): Value => values[below(values.length)] as Value;

type Told = readonly [number, number, number, number, boolean];

function recorder(): { told: Told[]; problems: string[]; sink: SocketSink } {
  const told: Told[] = [];
  const problems: string[] = [];
  const ignore = (): void => undefined;
  const sink: SocketSink = {
    ...{
      symbols: [],
      frequencyMs: 0,
      since: () => undefined,
      send: ignore,
      subscribed: ignore,
      refused: ignore,
    },
    ...{ subscribedTo: ignore, reset: ignore },
    update: (...update) => told.push(update),
    problem: (words) => problems.push(words),
  };
  return { told, problems, sink };
}

function randomUpdate(): PriceUpdate {
  const seq = pick([0, 5, 127, 128, 255, 300, 65_535, 70_000, 2 ** 31, 2 ** 33, below(1e9)]);
  const fields: [string, unknown][] = [
    ['price', random() < 0.3 ? below(1000) : below(100_000) / 100],
    ['timestamp', new Date(1.7e12 + below(1e9)).toISOString()],
    ['seq', seq],
  ];
  if (random() < 0.7) fields.push(['received', 1.7e12 + below(1e9)]);
  if (random() < 0.3) fields.push(['from', Math.max(0, seq - below(9))]);
  if (random() < 0.2) fields.push(['snapshot', true]);
  if (random() < 0.5) fields.push(['size', below(1e6)], ['bid', 1.25], ['volume', below(1e12)]);
  if (random() < 0.1) fields.push(['note', 'a "quoted" \\ text, with {brackets} and é'.repeat(1 + below(4))]);
  if (random() < 0.1) fields.push(['new', { seq: 1, list: [1, 'x', null, { from: [] }] }]);
  if (random() < 0.3) fields.sort(() => random() - 0.5);
  if (random() < 0.05) for (let extra = 0; extra < 12; extra++) fields.push([`field${extra}`, -extra]);
  return Object.fromEntries(fields) as unknown as PriceUpdate;
}

function randomData(): Record<string, PriceUpdate> {
  const symbols = Array.from(
    { length: pick([1, 1, 1, 2, 5, 20]) },
    () => `${pick(['A', 'BRK.', 'Z'])}${below(99)}X`,
  );
  return Object.fromEntries(symbols.map((symbol) => [symbol, randomUpdate()]));
}

function expected(data: Record<string, PriceUpdate>): Told[] {
  return Object.entries(data).map(([symbol, { seq, from = seq, received = 0, snapshot = false }]) => [
    keyOfText(symbol),
    from,
    seq,
    received,
    snapshot,
  ]);
}

/** As a server sends it. */
function serverFrame(format: WireFormat, payload: string | Uint8Array): Buffer {
  const body = Buffer.from(payload);
  const { length } = body;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = format === 'json' ? 0x81 : 0x82;
  header[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, body]);
}

/** Feeds the stream in reads of random sizes through a buffer that others overwrite in between. */
function readInParts(format: WireFormat, stream: Buffer): { told: Told[]; problems: string[] } {
  const { told, problems, sink } = recorder();
  const dialect = createTickwireDialect(format);
  const buffer = new ReadBuffer();
  const reader = new FrameReader(
    {
      message: (bytes, start, end) => dialect.read(bytes, start, end, sink),
      ping: () => undefined,
      closing: (code) => problems.push(`closing ${code}`),
      broken: (words) => problems.push(words),
    },
    buffer,
  );
  for (let at = 0; at < stream.length; ) {
    const length = Math.min(pick([1, 2, 3, 7, 50, 500, 5000, readBytes]), stream.length - at);
    stream.copy(buffer.target, 0, at, at + length);
    reader.read(length);
    buffer.bytes.fill(0xff);
    at += length;
  }
  return { told, problems };
}

for (const format of ['msgpack', 'json'] as const)
  test(`${format}: random updates, cut anywhere, are read as the codec reads them`, () => {
    for (let round = 0; round < 60; round++) {
      const all = Array.from({ length: 30 }, randomData);
      const frames = all.map((data) =>
        serverFrame(format, codecs[format].encode({ type: 'price_update', data })),
      );
      const { told, problems } = readInParts(format, Buffer.concat(frames));
      assert.deepEqual(problems, []);
      assert.deepEqual(told, all.flatMap(expected));
    }
  });

test('frames that are larger than the headroom come whole', () => {
  const symbols = Array.from({ length: 3000 }, (_, index) => `S${index}X`);
  const data = Object.fromEntries(symbols.map((symbol) => [symbol, randomUpdate()]));
  for (const format of ['msgpack', 'json'] as const) {
    const frame = serverFrame(format, codecs[format].encode({ type: 'price_update', data }));
    assert.ok(frame.length > headroomBytes);
    const { told, problems } = readInParts(format, Buffer.concat([frame, frame]));
    assert.deepEqual(problems, []);
    assert.deepEqual(told, [...expected(data), ...expected(data)]);
  }
});

for (const format of ['msgpack', 'json'] as const)
  test(`${format}: a message that is cut short or has other bytes is a problem, and never an exception`, () => {
    for (let round = 0; round < 3000; round++) {
      const whole = Buffer.from(codecs[format].encode({ type: 'price_update', data: randomData() }));
      const { told, problems, sink } = recorder();
      const cut = below(whole.length);
      createTickwireDialect(format).read(whole, 0, cut, sink);
      assert.equal(problems.length, 1, `${told.length} updates of ${cut} of ${whole.length} bytes`);
      whole[below(whole.length)] = below(256);
      createTickwireDialect(format).read(whole, 0, whole.length, sink);
    }
  });
