import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseClientMessage } from '#protocol/client-message.ts';
import { codecs } from '#protocol/codec.ts';
import { parseHubMessage } from '#protocol/hub-message.ts';
import { encodeMsgpack } from '#protocol/msgpack.ts';
import { goldenMessages } from './messages.ts';
import { readMsgpack } from './read-msgpack.ts';

/**
 * The frames of every message: JSON as text, MessagePack in hexadecimal. There is no switch that writes
 * this file: who changes the wire edits it by hand, from what the failing test shows, and says why.
 */
const frames: Readonly<Record<string, { readonly json: string; readonly msgpack: string }>> = JSON.parse(
  readFileSync(new URL('frames.json', import.meta.url), 'utf8'),
);

const clientTypes = ['subscribe', 'unsubscribe', 'ping', 'authenticate'];
const hubTypes = [
  ...['welcome', 'subscribed', 'price_update', 'reset', 'error'],
  ...['unsubscribed', 'pong', 'heartbeat', 'goodbye', 'stale', 'fresh'],
  ...['authenticated', 'token_expiring'],
];

test('every message of the contract is written as these bytes', () => {
  const written = Object.fromEntries(
    Object.entries(goldenMessages).map(([name, message]) => [
      name,
      {
        json: Buffer.from(codecs.json.encode(message)).toString(),
        msgpack: Buffer.from(codecs.msgpack.encode(message)).toString('hex'),
      },
    ]),
  );
  assert.deepEqual(written, frames);
});

test('there are frames of every type', () => {
  const types = new Set(Object.values(goldenMessages).map((message) => message.type));
  assert.deepEqual([...types].sort(), [...clientTypes, ...hubTypes].sort());
});

test('the bytes are read back as the message, in both formats', () => {
  for (const [name, message] of Object.entries(goldenMessages)) {
    const frame = frames[name] ?? assert.fail(name);
    assert.deepEqual(codecs.json.decode(Buffer.from(frame.json)), { ok: true, value: message }, name);
    assert.deepEqual(codecs.msgpack.decode(Buffer.from(frame.msgpack, 'hex')), { ok: true, value: message });
  }
});

test('a reader that knows the specification of MessagePack alone reads every frame', () => {
  for (const [name, message] of Object.entries(goldenMessages))
    assert.deepEqual(readMsgpack(encodeMsgpack(message)), message, name);
});

test('every message of a hub is understood in full, and no message of a client is', () => {
  for (const [name, message] of Object.entries(goldenMessages)) {
    const expected = hubTypes.includes(message.type) ? message : undefined;
    assert.deepEqual(parseHubMessage(message), expected, name);
  }
});

test('every message of a client is accepted, and no message of a hub is', () => {
  for (const [name, message] of Object.entries(goldenMessages)) {
    const parsed = parseClientMessage(message);
    assert.equal(parsed.ok, clientTypes.includes(message.type), name);
    if (!parsed.ok) assert.equal(parsed.code, 'unknown_type');
  }
});
