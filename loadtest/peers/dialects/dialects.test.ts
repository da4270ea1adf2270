import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tickwireFrame, UpdateSource } from '#loadtest/peers/update.ts';
import type { Dialect } from '#loadtest/swarm/dialect/dialect.ts';
import { codecs } from '#protocol/codec.ts';
import { createDialect as createBare } from './bare-dialect.ts';
import { createDialect as createCentrifugoJson } from './centrifugo-json-dialect.ts';
import { createDialect as createCentrifugoProtobuf } from './centrifugo-protobuf-dialect.ts';
import { bytesField, delimited, numberField } from './protobuf.ts';
import { createRecordingSink, type RecordingSink } from './recording-sink.ts';
import { createDialect as createSocketIo } from './socket-io-dialect.ts';
import { createDialect as createWs } from './ws-dialect.ts';

const symbols = ['S0', 'S1'];
const source = new UpdateSource(symbols.length);
const updates = Array.from({ length: 4 }, () => source.next());
const expected = updates.map(({ symbol, seq, received }) => `${symbol} ${seq} @${received}`);

/** Hands a frame over as it lies in the swarm's buffer: with other bytes before and after it. */
function read(dialect: Dialect, sink: RecordingSink, frame: string | Uint8Array): void {
  const bytes = Buffer.from(frame);
  const around = Buffer.concat([Buffer.from('"},{"'), bytes, Buffer.from('{"symbol":"S9","seq":1}')]);
  dialect.read(around, 5, 5 + bytes.length, sink);
}

function opened(dialect: Dialect): RecordingSink {
  const sink = createRecordingSink(symbols);
  dialect.opened(sink);
  return sink;
}

test('bare uWebSockets.js: ready after the subscription, then Tickwire frames', () => {
  const dialect = createBare();
  const sink = opened(dialect);
  assert.deepEqual(sink.sent, [codecs.msgpack.encode({ type: 'subscribe', symbols })]);
  read(dialect, sink, 'ready');
  for (const update of updates) read(dialect, sink, tickwireFrame(update));
  assert.deepEqual(sink.told, ['subscribed', ...expected]);
});

test('ws: one update a frame', () => {
  const dialect = createWs();
  const sink = opened(dialect);
  assert.deepEqual(sink.sent, ['{"subscribe":["S0","S1"]}']);
  read(dialect, sink, '{"subscribed":true}');
  for (const update of updates) read(dialect, sink, JSON.stringify(update));
  assert.deepEqual(sink.told, ['subscribed', ...expected]);
});

test('Socket.IO: open, connect, subscribe with an answer, events, and pings are answered', () => {
  const dialect = createSocketIo();
  const sink = opened(dialect);
  for (const frame of ['0{"sid":"a"}', '40{"sid":"b"}', '430[]', '2']) read(dialect, sink, frame);
  assert.deepEqual(sink.sent, ['40', '420["subscribe",["S0","S1"]]', '3']);
  for (const update of updates) read(dialect, sink, `42${JSON.stringify(['update', update])}`);
  assert.deepEqual(sink.told, ['subscribed', ...expected]);
});

test('Centrifugo, JSON: several replies and updates in one frame, a ping among them', () => {
  const dialect = createCentrifugoJson();
  const sink = opened(dialect);
  assert.deepEqual(sink.sent, [
    '{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"S0"}}\n{"id":3,"subscribe":{"channel":"S1"}}',
  ]);
  read(
    dialect,
    sink,
    '{"id":1,"connect":{"client":"x","ping":25}}\n{"id":2,"subscribe":{}}\n{"id":3,"subscribe":{}}\n',
  );
  const pushes = updates.map((data) => JSON.stringify({ push: { channel: data.symbol, pub: { data } } }));
  read(dialect, sink, [...pushes.slice(0, 2), '{}', ...pushes.slice(2)].join('\n'));
  assert.deepEqual(sink.told, ['subscribed', ...expected]);
  assert.deepEqual(sink.sent.slice(1), ['{}']);
});

test('Centrifugo, Protobuf: several replies and updates in one frame, a ping among them', () => {
  const dialect = createCentrifugoProtobuf();
  const sink = opened(dialect);
  const commands = ['0408012200', '0808022a040a025330', '0808032a040a025331']; // lengths, ids, connect, channels
  assert.equal(Buffer.from(sink.sent[0] ?? '').toString('hex'), commands.join(''));
  const empty = new Uint8Array();
  const replies = [
    Buffer.concat([numberField(1, 1), bytesField(5, bytesField(1, Buffer.from('client')))]),
    Buffer.concat([numberField(1, 2), bytesField(6, empty)]),
    Buffer.concat([numberField(1, 3), bytesField(6, empty)]),
  ];
  read(dialect, sink, Buffer.concat(replies.map(delimited)));
  const pushes = updates.map((update) => {
    const publication = Buffer.concat([bytesField(4, tickwireFrame(update)), numberField(6, 300)]);
    return delimited(
      bytesField(4, Buffer.concat([bytesField(2, Buffer.from(update.symbol)), bytesField(4, publication)])),
    );
  });
  read(dialect, sink, Buffer.concat([...pushes.slice(0, 2), delimited(empty), ...pushes.slice(2)]));
  assert.deepEqual(sink.told, ['subscribed', ...expected]);
  assert.deepEqual(sink.sent.slice(1), [delimited(empty)]);
});

test('what can not be read is told, whichever the dialect, and reading ends', () => {
  const hostile = [
    '{',
    '{"symbol":"S0","seq":',
    '42["update",{"symbol":"S0"',
    '{"push":{"channel":"S0"',
    '\xff\xff',
  ];
  for (const create of [createBare, createWs, createSocketIo, createCentrifugoJson, createCentrifugoProtobuf])
    for (const frame of hostile) {
      const sink = createRecordingSink(symbols);
      read(create(), sink, Buffer.from(frame, 'latin1'));
      assert.deepEqual(new Set(sink.told), new Set(['problem']), frame);
    }
});

test('a refused subscription is told', () => {
  const refusals: [Dialect, string | Uint8Array][] = [
    [createCentrifugoJson(), '{"id":3,"error":{"code":103,"message":"permission denied"}}'],
    [
      createCentrifugoProtobuf(),
      delimited(Buffer.concat([numberField(1, 2), bytesField(2, numberField(1, 103))])),
    ],
    [createSocketIo(), '44{"message":"not authorized"}'],
  ];
  for (const [dialect, frame] of refusals) {
    const sink = createRecordingSink(symbols);
    read(dialect, sink, frame);
    assert.deepEqual(sink.told, ['problem']);
  }
});
