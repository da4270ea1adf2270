import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseClientMessage } from './client-message.ts';
import { codecs } from './codec.ts';
import { parseHubMessage } from './hub-message.ts';
import type { ClientMessage, HubMessage } from './messages.ts';
import { formatPosition, parsePosition } from './position.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const id = fc.oneof(fc.maxSafeInteger(), text);
const symbol = fc.string({ unit: fc.constantFrom('A', 'z', '0', '.', '/'), minLength: 1, maxLength: 8 });
const symbols = fc.array(symbol, { minLength: 1, maxLength: 5 });
const position = fc
  .record({ epoch: fc.maxSafeNat(), seq: fc.maxSafeNat() })
  .map((value) => formatPosition(value));
const price = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0); // JSON has no -0
const plain = { noNullPrototype: true } as const;

const clientMessages: fc.Arbitrary<ClientMessage> = fc.oneof(
  fc.record({ type: fc.constant('ping' as const), id }, { requiredKeys: ['type'], ...plain }),
  fc.record(
    { type: fc.constant('unsubscribe' as const), symbols, id },
    { requiredKeys: ['type', 'symbols'], ...plain },
  ),
  fc.record(
    { type: fc.constant('subscribe' as const), symbols, id, frequency: fc.integer({ min: 1, max: 60_000 }) },
    { requiredKeys: ['type', 'symbols'], ...plain },
  ),
);

const update = fc.record(
  {
    ...{ price, timestamp: text, seq: fc.nat(), size: price, bid: price, ask: price, volume: price },
    ...{ high: price, low: price, received: fc.maxSafeNat(), snapshot: fc.constant(true as const) },
    ...{ halted: fc.constant(true as const), suspect: fc.constant(true as const) },
  },
  { requiredKeys: ['price', 'timestamp', 'seq'], ...plain },
);
const hubMessages: fc.Arbitrary<HubMessage> = fc.oneof(
  fc.record({ type: fc.constant('pong' as const), id }, { requiredKeys: ['type'], ...plain }),
  fc.record({ type: fc.constant('unsubscribed' as const), symbols }, plain),
  fc.record(
    {
      type: fc.constant('reset' as const),
      ...{ symbol, reason: fc.constantFrom('slow_consumer', 'epoch_changed'), position },
    },
    { requiredKeys: ['type', 'symbol', 'reason'], ...plain },
  ),
  fc.record(
    { type: fc.constant('price_update' as const), data: fc.dictionary(symbol, update, plain) },
    plain,
  ),
);

/** `message` as it comes out of a frame of either format; both have to agree. */
function sent(message: ClientMessage | HubMessage | object): unknown {
  const values = Object.values(codecs).map((codec) => {
    const decoded = codec.decode(codec.encode(message as HubMessage));
    assert.ok(decoded.ok);
    return decoded.value;
  });
  assert.deepEqual(values[0], values[1]);
  return values[0];
}

test('a message of a client is the same after its way through either format', () => {
  fc.assert(
    fc.property(clientMessages, (message) => {
      assert.deepEqual(parseClientMessage(sent(message)), { ok: true, message });
    }),
  );
});

test('a message of the hub is the same after its way through either format', () => {
  fc.assert(
    fc.property(hubMessages, (message) => {
      assert.deepEqual(parseHubMessage(sent(message)), message);
    }),
  );
});

test('fields that nobody knows change nothing, whatever is in them', () => {
  const unknown = fc.dictionary(
    fc.string({ unit: 'grapheme', maxLength: 5 }).map((name) => `x-${name}`),
    fc
      .jsonValue({ maxDepth: 4, noUnicodeString: false })
      .map((value) => JSON.stringify(value))
      .filter((text) => !text.includes('__proto__')) // as a name of a field it is changed on purpose
      .map((text) => JSON.parse(text)),
    plain,
  );
  fc.assert(
    fc.property(clientMessages, unknown, (message, more) => {
      assert.deepEqual(parseClientMessage(sent({ ...more, ...message })), { ok: true, message });
    }),
  );
  fc.assert(
    fc.property(hubMessages, unknown, (message, more) => {
      assert.deepEqual(parseHubMessage(sent({ ...more, ...message })), message);
    }),
  );
});

test('a position comes back from its text, and only the text that it is written as is one', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (epoch, seq) => {
      assert.deepEqual(parsePosition(formatPosition({ epoch, seq })), { epoch, seq });
    }),
  );
  const almost = fc.string({ unit: fc.constantFrom('0', '1', '9', '-', ' ', '.', 'e', '\n'), maxLength: 20 });
  fc.assert(
    fc.property(almost, (value) => {
      const parsed = parsePosition(value);
      if (parsed === undefined) return;
      assert.match(value, /^\d+-\d+$/);
      assert.ok(Number.isSafeInteger(parsed.epoch) && Number.isSafeInteger(parsed.seq));
    }),
  );
});
