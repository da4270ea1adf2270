import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseClientMessage } from './client-message.ts';
import { codecs } from './codec.ts';
import type { ClientMessage, ErrorCode } from './messages.ts';

function accepted(value: unknown): ClientMessage {
  const parsed = parseClientMessage(value);
  assert.ok(parsed.ok, `accepted: ${JSON.stringify(value)}`);
  return parsed.message;
}

function refusedAs(code: ErrorCode, value: unknown): void {
  const parsed = parseClientMessage(value);
  assert.ok(!parsed.ok, `refused: ${JSON.stringify(value)}`);
  assert.equal(parsed.code, code);
  assert.ok(parsed.problem.length > 0);
}

test('a subscribe keeps what was asked, and the bad symbols beside the good ones', () => {
  const since = { AAPL: '1731000000000-41' };
  const message = { type: 'subscribe', symbols: ['AAPL', 7, null], id: 7, frequency: 5000, since };
  assert.deepEqual(JSON.parse(JSON.stringify(accepted(message))), message);
});

test('unknown fields are left out', () => {
  assert.deepEqual(accepted({ type: 'ping', id: 'a', colour: 'red' }), { type: 'ping', id: 'a' });
  assert.deepEqual(accepted({ type: 'unsubscribe', symbols: ['A'], frequency: 'x' }), {
    type: 'unsubscribe',
    symbols: ['A'],
  });
});

test('an unknown type is named as such, with the id, and shown cut to 32 characters', () => {
  const parsed = parseClientMessage({ type: 'x'.repeat(1000), id: 3 });
  assert.ok(!parsed.ok);
  assert.deepEqual([parsed.code, parsed.id], ['unknown_type', 3]);
  assert.ok(parsed.problem.length < 150);
});

test('an optional field that is null counts as absent', () => {
  const message = { type: 'subscribe', symbols: ['A'], id: null, frequency: null, since: null };
  assert.deepEqual(accepted(message), { type: 'subscribe', symbols: ['A'] });
});

test('a frequency of 0 is the same as none', () => {
  assert.equal('frequency' in accepted({ type: 'subscribe', symbols: ['A'], frequency: 0 }), false);
});

test('a message of a wrong form is refused', () => {
  for (const value of [null, undefined, 7, 'ping', [], [{ type: 'ping' }], {}, { type: 7 }, { type: null }])
    refusedAs('bad_message', value);
  for (const symbols of [undefined, null, 'AAPL', {}, []]) {
    refusedAs('bad_message', { type: 'subscribe', symbols });
    refusedAs('bad_message', { type: 'unsubscribe', symbols });
  }
  for (const frequency of [-1, 60_001, Number.NaN, Number.POSITIVE_INFINITY, '5000', true, []])
    refusedAs('bad_message', { type: 'subscribe', symbols: ['A'], frequency });
  for (const since of ['1-1', 7, ['1-1'], true])
    refusedAs('bad_message', { type: 'subscribe', symbols: ['A'], since });
  for (const id of [1.5, 2 ** 60, 'x'.repeat(65), {}, [], true])
    refusedAs('bad_message', { type: 'ping', id });
});

test('positions are looked up among what the client sent and nowhere else', () => {
  const hostile = '{"type":"subscribe","symbols":["constructor"],"since":{"__proto__":{"AAPL":"1-1"}}}';
  const decoded = codecs.json.decode(Buffer.from(hostile));
  assert.ok(decoded.ok);
  const message = accepted(decoded.value);
  assert.ok(message.type === 'subscribe' && message.since !== undefined);
  assert.equal(message.since.constructor, undefined);
  assert.equal(message.since.AAPL, undefined);
  assert.deepEqual(Object.keys(message.since), ['__proto__']);
});

test('fields that a message inherits are not its own', () => {
  const decoded = codecs.json.decode(Buffer.from('{"__proto__":{"type":"ping"}}'));
  assert.ok(decoded.ok);
  refusedAs('bad_message', decoded.value);
});

test('no value is thrown at, and what is accepted can be written again', () => {
  const fields = {
    type: fc.oneof(fc.constantFrom('subscribe', 'unsubscribe', 'ping'), fc.anything()),
    symbols: fc.anything(),
    id: fc.anything(),
    frequency: fc.anything(),
    since: fc.anything(),
  };
  const message = fc.oneof(fc.anything(), fc.record(fields, { requiredKeys: [] }));
  fc.assert(
    fc.property(message, (value) => {
      const parsed = parseClientMessage(value);
      assert.equal(typeof parsed.ok, 'boolean');
    }),
    { numRuns: 3000 },
  );
});

test('no bytes are thrown at, in either format', () => {
  for (const codec of Object.values(codecs))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), (bytes) => {
        const decoded = codec.decode(bytes);
        if (decoded.ok) assert.equal(typeof parseClientMessage(decoded.value).ok, 'boolean');
      }),
      { numRuns: 1000 },
    );
});

test('an id with half a character is refused, and no answer to another message has one', () => {
  for (const id of ['\ud83d', 'a\udca9', `${'x'.repeat(63)}\ud83d`]) {
    const parsed = parseClientMessage({ type: 'ping', id });
    assert.ok(!parsed.ok && parsed.code === 'bad_message' && parsed.id === undefined);
  }
  assert.equal(parseClientMessage({ type: 'ping', id: '\u{1f4a9}'.repeat(32) }).ok, true);
  const unknown = parseClientMessage({ type: `${'x'.repeat(31)}\u{1f4a9}` });
  assert.ok(!unknown.ok && unknown.problem.includes(`"${'x'.repeat(31)}\ufffd"`));
});
