import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseHubMessage } from './hub-message.ts';
import type { HubMessage } from './messages.ts';

const limits = { symbols: 1024, message_bytes: 65536, messages_per_second: 20 };
const update = { price: 150.23, timestamp: '2024-09-14T12:34:56.789Z', seq: 45 };

const examples: readonly HubMessage[] = [
  { type: 'welcome', session: 's', node: 'n', heartbeat_ms: 15000, limits },
  {
    type: 'subscribed',
    id: 7,
    symbols: { AAPL: { position: '1731000000000-45', recovered: true }, TSLA: {} },
    frequency: 500,
    rejected: [{ symbol: 'XYZ', code: 'unknown_symbol', message: 'Invalid stock symbol: XYZ' }],
  },
  { type: 'price_update', data: { AAPL: update, TSLA: { ...update, from: 40, high: 2, low: 1, size: 3 } } },
  { type: 'price_update', data: { AAPL: { ...update, snapshot: true, bid: 1, ask: 2, halted: true } } },
  { type: 'reset', symbol: 'AAPL', reason: 'history_trimmed', position: '1731000000000-60' },
  { type: 'reset', symbol: 'AAPL', reason: 'epoch_changed' },
  { type: 'error', code: 'unknown_symbol', message: 'Invalid stock symbol: XYZ', symbol: 'XYZ', id: 'a' },
  { type: 'unsubscribed', id: 8, symbols: ['AAPL'] },
  { type: 'pong', id: 9 },
  { type: 'heartbeat', time: '2024-09-14T12:34:56.789Z' },
  { type: 'goodbye', reason: 'drain', reconnect_after_ms: 1840 },
];

describe('a message of the hub', () => {
  for (const message of examples)
    test(`${JSON.stringify(message).slice(0, 60)} is read as it is, without its unknown fields`, () => {
      const wire: unknown = { ...JSON.parse(JSON.stringify(message)), later: { addition: [1] } };
      assert.deepEqual(parseHubMessage(wire), message);
    });

  const malformed: readonly unknown[] = [
    null,
    7,
    'welcome',
    [],
    {},
    { type: 'promotion' },
    { type: 'toString' },
    { type: 'welcome', session: 's', node: 'n', heartbeat_ms: 0, limits },
    { type: 'welcome', session: 's', node: 'n', heartbeat_ms: 15000 },
    { type: 'subscribed', symbols: ['AAPL'] },
    { type: 'price_update' },
    { type: 'price_update', data: { AAPL: { ...update, seq: -1 } } },
    { type: 'price_update', data: { AAPL: { ...update, seq: 1.5 } } },
    { type: 'price_update', data: { AAPL: { ...update, price: '150' } } },
    { type: 'price_update', data: { AAPL: { ...update, from: 46 } } },
    { type: 'price_update', data: { AAPL: update, TSLA: null } },
    { type: 'reset', reason: 'epoch_changed' },
    { type: 'unsubscribed', symbols: [7] },
    { type: 'heartbeat' },
  ];
  for (const value of malformed)
    test(`${JSON.stringify(value)} is none`, () => assert.equal(parseHubMessage(value), undefined));

  test('an optional field that is null counts as absent', () => {
    const wire = {
      type: 'price_update',
      data: { AAPL: { ...update, from: null, bid: null, snapshot: null } },
    };
    assert.deepEqual(parseHubMessage(wire), { type: 'price_update', data: { AAPL: update } });
  });

  test('a reset for a reason of a later version is still a reset', () => {
    const parsed = parseHubMessage({ type: 'reset', symbol: 'AAPL', reason: 'moon_phase' });
    assert.deepEqual(parsed, { type: 'reset', symbol: 'AAPL', reason: 'history_unavailable' });
  });

  test('a symbol named like a part of every object is one like any other', () => {
    const wire: unknown = JSON.parse(
      `{"type":"price_update","data":{"__proto__":${JSON.stringify(update)}}}`,
    );
    const parsed = parseHubMessage(wire);
    assert.ok(parsed?.type === 'price_update' && Object.hasOwn(parsed.data, '__proto__'));
  });

  test('nothing that JSON can say makes it throw', () => {
    const type = fc.constantFrom(...examples.map((message) => message.type));
    fc.assert(
      fc.property(type, fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (type, fields, data) => {
        parseHubMessage({ ...fields, type, data, symbols: data, limits: data, rejected: data });
      }),
    );
  });
});
