import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { closeCodes } from '#protocol/close-codes.ts';
import type { ErrorCode, HubMessage } from '#protocol/messages.ts';
import { encodeMsgpack } from '#protocol/msgpack.ts';
import { createSeededRandom } from '#test/harness/seeded-random.ts';
import { story } from './fixtures.ts';
import { type ListeningHub, PlainClient, startHub } from './socket-fixtures.ts';

const errorWith = (code: ErrorCode) => (message: HubMessage) =>
  message.type === 'error' && message.code === code;

describe('hostile input', () => {
  let hub: ListeningHub;
  before(async () => {
    hub = await startHub();
  });
  after(() => hub.hub.stop());

  for (const [what, message, code] of [
    ['malformed JSON', '{"type":', 'bad_message'],
    ['invalid UTF-8 in a binary frame', Buffer.from([0xff, 0xfe]), 'wrong_frame'],
    ['a number', '7', 'bad_message'],
    ['null', 'null', 'bad_message'],
    ['a list', '[]', 'bad_message'],
    ['no type', '{}', 'bad_message'],
    ['an unknown type', '{"type":"shutdown"}', 'unknown_type'],
    ['symbols that are no list', '{"type":"subscribe","symbols":"AAPL"}', 'bad_message'],
    ['no symbols', '{"type":"subscribe","symbols":[]}', 'bad_message'],
    ['a negative frequency', '{"type":"subscribe","symbols":["AAPL"],"frequency":-1}', 'bad_message'],
    ['a frequency that is text', '{"type":"subscribe","symbols":["AAPL"],"frequency":"fast"}', 'bad_message'],
    ['a since that is a list', '{"type":"subscribe","symbols":["AAPL"],"since":[]}', 'bad_message'],
    ['an id that is an object', '{"type":"ping","id":{}}', 'bad_message'],
    ['a deep nesting', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'bad_message'],
  ] as const)
    test(`${what} is answered with ${code} and the socket goes on`, async () => {
      const client = await PlainClient.connect(hub.url);
      client.sendRaw(message);
      await client.awaits(errorWith(code));
      client.send({ type: 'ping', id: 1 });
      await client.awaits((answer) => answer.type === 'pong');
      client.close();
    });

  test('10,000 symbols in one subscribe are refused, those beyond what is looked at in one, without harm to the good one', async () => {
    const client = await PlainClient.connect(hub.url);
    const symbols = ['AAPL', ...Array.from({ length: 9999 }, (_, index) => `Q${index}`)];
    client.send({ type: 'subscribe', symbols });
    const answer = await client.awaits(
      (message) => message.type === 'error' || message.type === 'subscribed',
    );
    assert.equal(answer.type, 'error'); // above 64 KiB in JSON: refused by size
    await client.until(() => client.closedWith === closeCodes.message_too_large);
    const other = await PlainClient.connect(hub.url, 'msgpack');
    other.send({ type: 'subscribe', symbols });
    const subscribed = await other.awaits((message) => message.type === 'subscribed');
    assert.ok(subscribed.type === 'subscribed' && subscribed.rejected?.length === 2048);
    assert.deepEqual(Object.keys(subscribed.symbols), ['AAPL']);
    other.close();
  });

  test('an oversize frame gets an error and the documented close code', async () => {
    const client = await PlainClient.connect(hub.url);
    client.sendRaw('x'.repeat(70_000));
    await client.awaits(errorWith('message_too_large'));
    await client.until(() => client.closedWith === closeCodes.message_too_large);
  });

  test('a client that sends only rubbish is closed', async () => {
    const client = await PlainClient.connect(hub.url);
    for (let count = 0; count < 40; count++) client.sendRaw('rubbish');
    await client.until(() => client.closedWith === closeCodes.protocol_abuse);
  });

  test('messages above the rate are refused, and far above it the socket is closed', async () => {
    const strict = await startHub({ messagesPerSecond: 5, refusedMax: 50 });
    const client = await PlainClient.connect(strict.url);
    for (let count = 0; count < 200; count++) client.send({ type: 'ping' });
    await client.awaits(errorWith('rate_limited'));
    await client.until(() => client.closedWith === closeCodes.rate_abuse);
    strict.hub.stop();
  });

  test('random and mutated messages disturb no other client', async () => {
    const random = createSeededRandom(20_240_914);
    const healthy = await PlainClient.connect(hub.url);
    healthy.send({ type: 'subscribe', symbols: ['AAPL'] });
    await healthy.awaits((message) => message.type === 'subscribed');
    healthy.forget();
    const before = (await hub.publish('AAPL', 1))[0]?.seq ?? 0;
    const deadline = performance.now() + 3000;
    let sent = 0;
    while (performance.now() < deadline || sent <= 100) {
      const format = random() < 0.5 ? 'json' : 'msgpack';
      const attacker = await PlainClient.connect(hub.url, format);
      for (let count = 0; count < 30 && attacker.closedWith === undefined; count++, sent++)
        attacker.sendRaw(format === 'json' ? mutated(random) : Buffer.from(mutatedBytes(random)));
      await hub.publish('AAPL', 2);
      attacker.send({ type: 'ping', id: 'end' });
      await attacker.until(
        () =>
          attacker.closedWith !== undefined || attacker.received.some((message) => message.type === 'pong'),
      );
      attacker.close();
    }
    const [last] = await hub.publish('AAPL', 3);
    await healthy.until(() => (story(healthy.received).at(-1) ?? '')[1] === last?.seq);
    const seqs = story(healthy.received).map((entry) => (typeof entry === 'string' ? entry : entry[1]));
    const expected = Array.from({ length: (last?.seq ?? 0) - before }, (_, index) => before + 1 + index);
    assert.deepEqual(seqs.slice(-expected.length), expected);
    healthy.close();
  });
});

const seeds: readonly object[] = [
  {
    type: 'subscribe',
    symbols: ['AAPL', 'TSLA'],
    id: 7,
    frequency: 5000,
    since: { AAPL: '1731000000000-41' },
  },
  { type: 'unsubscribe', symbols: ['AAPL'], id: 8 },
  { type: 'ping', id: 9 },
];

function pick<T>(random: () => number, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

/** A message of the protocol with a few characters changed, cut out or doubled. */
function mutated(random: () => number): string {
  let text = JSON.stringify(pick(random, seeds));
  for (let count = 0; count < 4; count++) {
    const at = Math.floor(random() * text.length);
    const change = pick(random, [
      '',
      '"',
      '{',
      '[',
      '0',
      '\\u0000',
      '*',
      '-',
      '9'.repeat(30),
      text.slice(at),
    ]);
    text = text.slice(0, at) + change + text.slice(at + Math.floor(random() * 3));
  }
  return text;
}

function mutatedBytes(random: () => number): Uint8Array {
  const bytes = Uint8Array.from(encodeMsgpack(pick(random, seeds)));
  for (let count = 0; count < 4; count++)
    bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  return bytes.subarray(0, 1 + Math.floor(random() * bytes.length));
}
