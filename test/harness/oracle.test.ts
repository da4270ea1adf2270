import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HubMessage, PriceUpdate } from '#protocol/messages.ts';
import { createOracle } from './oracle.ts';
import { type ViolationKind, violationKinds } from './oracle-report.ts';

/** A client that holds AAPL of epoch 7 up to number 5; 0 to 20 were published, at a price of 100 + seq. */
function subscribedClient() {
  const oracle = createOracle();
  for (let seq = 0; seq <= 20; seq++) oracle.published('AAPL', 7, seq, { price: 100 + seq });
  const client = oracle.client('c1');
  client.receive({ type: 'subscribed', symbols: { AAPL: { position: '7-5' } } });
  client.receive(update(5, { snapshot: true }));
  return { oracle, client };
}

function update(seq: number, fields: Partial<PriceUpdate> = {}, symbol = 'AAPL'): HubMessage {
  const timestamp = '2024-09-14T12:34:56.789Z';
  return { type: 'price_update', data: { [symbol]: { price: 100 + seq, timestamp, seq, ...fields } } };
}

const reset = (position?: string): HubMessage => ({
  type: 'reset',
  symbol: 'AAPL',
  reason: 'slow_consumer',
  ...(position !== undefined && { position }),
});

/** The violations that a client's messages amount to. */
function foundIn(...messages: HubMessage[]): ViolationKind[] {
  const { oracle, client } = subscribedClient();
  for (const message of messages) client.receive(message);
  const { kinds, violations } = oracle.report();
  const found = violationKinds.flatMap((kind) => Array.from({ length: kinds[kind] }, () => kind));
  assert.equal(violations.length, found.length);
  return found;
}

test('what the contract allows is no violation', () => {
  assert.deepEqual(foundIn(update(6), update(7), update(8)), []);
  assert.deepEqual(foundIn(update(9, { from: 6 }), update(10)), []);
  assert.deepEqual(foundIn(update(9, { from: 3, snapshot: true }), update(9, { snapshot: true })), []);
  assert.deepEqual(foundIn(reset('7-15'), update(15, { snapshot: true }), update(16)), []);
  assert.deepEqual(foundIn(reset('7-15'), reset('7-16'), update(16, { snapshot: true })), []);
  assert.deepEqual(foundIn({ type: 'pong' }, { type: 'heartbeat', time: '' }), []);
});

test('numbers that are missing without a reset are a gap, found once', () => {
  assert.deepEqual(foundIn(update(6), update(8), update(9)), ['gap']);
  assert.deepEqual(foundIn(update(9, { from: 7 })), ['gap']);
  assert.deepEqual(foundIn(update(9, { from: 7, snapshot: true })), ['gap']);
});

test('a repeat is a violation unless it is marked as a snapshot', () => {
  assert.deepEqual(foundIn(update(6), update(6)), ['duplicate']);
  assert.deepEqual(foundIn(update(5)), ['duplicate']);
  assert.deepEqual(foundIn(update(8, { from: 4 })), ['overlap']);
});

test('what comes after a later one is a gap, and then a repeat', () => {
  assert.deepEqual(foundIn(update(7), update(6)), ['gap', 'duplicate']);
  assert.deepEqual(foundIn(update(6), update(7), update(6, { snapshot: true })), ['old_snapshot']);
});

test('content that differs from the truth is found', () => {
  assert.deepEqual(foundIn(update(6, { price: 1 })), ['wrong_content']);
  assert.deepEqual(foundIn(update(6, { size: 1 })), ['wrong_content']);
  assert.deepEqual(foundIn(reset('7-15'), update(15, { snapshot: true, price: 5 })), ['wrong_content']);
});

test('the high and low of a conflated update are compared with its window', () => {
  assert.deepEqual(foundIn(update(9, { from: 6, high: 109, low: 106 })), []);
  assert.deepEqual(foundIn(update(9, { from: 6, high: 110, low: 106 })), ['wrong_content']);
  assert.deepEqual(foundIn(update(9, { from: 6, high: 109, low: 105 })), ['wrong_content']);
});

test('an update of a symbol that the client does not hold is found', () => {
  assert.deepEqual(foundIn(update(0, {}, 'TSLA')), ['not_subscribed']);
  assert.deepEqual(foundIn({ type: 'unsubscribed', symbols: ['AAPL'] }, update(6)), ['not_subscribed']);
});

test('a reset or a first answer without its snapshot is found', () => {
  assert.deepEqual(foundIn(reset('7-15')), ['missing_snapshot']);
  assert.deepEqual(foundIn(reset('7-15'), update(16)), ['missing_snapshot']);
  assert.deepEqual(foundIn(reset('7-15'), update(15)), ['missing_snapshot']);
  assert.deepEqual(foundIn(reset('7-15'), update(14, { snapshot: true })), ['missing_snapshot']);
});

test('an update whose position was never told is found', () => {
  const fresh: HubMessage = { type: 'subscribed', symbols: { AAPL: {} } };
  assert.deepEqual(foundIn(fresh), []);
  assert.deepEqual(foundIn(fresh, update(0)), ['missing_reset']);
  assert.deepEqual(foundIn(fresh, reset('7-0'), update(0, { snapshot: true }), update(1)), []);
  const lost: HubMessage = { type: 'subscribed', symbols: { AAPL: { position: '7-9', recovered: false } } };
  assert.deepEqual(foundIn(lost, update(9, { snapshot: true })), ['missing_reset']);
});

test('a position that nobody published is found at the end', () => {
  assert.deepEqual(foundIn(update(20, { from: 6 }), update(21)), ['never_published']);
  assert.deepEqual(foundIn(reset('8-3'), update(3, { snapshot: true })), ['never_published']);
});

test('a range or position that is none is found', () => {
  assert.deepEqual(foundIn(update(6, { from: 7 })), ['malformed']);
  assert.deepEqual(foundIn(reset('7')), ['malformed']);
});

test('the truth may come after the delivery', () => {
  const { oracle, client } = subscribedClient();
  client.receive(update(20, { from: 6 }));
  client.receive(update(21));
  client.receive(update(22, { price: 1 }));
  oracle.published('AAPL', 7, 21, { price: 121 });
  oracle.published('AAPL', 7, 22, { price: 122 });
  assert.deepEqual(oracle.report().violations, ['wrong_content: c1 AAPL 7-22: price 1 instead of 122']);
});

test('a position that was published with two contents is found', () => {
  const { oracle } = subscribedClient();
  oracle.published('AAPL', 7, 5, { price: 105 });
  assert.equal(oracle.report().published, 21);
  oracle.published('AAPL', 7, 5, { price: 5 });
  assert.equal(oracle.report().kinds.wrong_content, 1);
});

test('a client that resumes must get what it missed, over all of its connections', () => {
  const { oracle, client } = subscribedClient();
  client.receive(update(6));
  client.disconnected();
  client.receive({ type: 'subscribed', symbols: { AAPL: { position: '7-9', recovered: true } } });
  client.receive(update(7));
  client.receive(update(9, { from: 8 }));
  assert.equal(client.caughtUp('AAPL', { epoch: 7, seq: 9 }), true);
  assert.deepEqual(oracle.report().violations, []);
  client.disconnected();
  client.receive(update(10));
  assert.equal(oracle.report().kinds.not_subscribed, 1);
});

test('a recovery of what the client did not hold is found', () => {
  const recovered: HubMessage = {
    type: 'subscribed',
    symbols: { AAPL: { position: '8-9', recovered: true }, TSLA: { position: '7-9', recovered: true } },
  };
  assert.deepEqual(foundIn(recovered), ['false_recovery', 'false_recovery']);
});

test('a position whose snapshot was cut off is nothing that a client can resume from', () => {
  const { client } = subscribedClient();
  client.receive(reset('7-15'));
  client.disconnected();
  assert.equal(client.position('AAPL'), undefined);
});

test('a client that names another position to resume from is judged from there', () => {
  const { oracle, client } = subscribedClient();
  client.resuming('AAPL', { epoch: 7, seq: 2 });
  client.receive({ type: 'subscribed', symbols: { AAPL: { position: '7-4', recovered: true } } });
  client.receive(update(3));
  client.receive(update(4));
  assert.deepEqual(oracle.report().violations, []);
});

test('a client that is not where it should be is found', () => {
  const { oracle, client } = subscribedClient();
  client.expectCaughtUp('AAPL', { epoch: 7, seq: 5 });
  assert.deepEqual(oracle.report().violations, []);
  client.expectCaughtUp('AAPL', { epoch: 7, seq: 6 });
  client.expectCaughtUp('AAPL', { epoch: 8, seq: 5 });
  client.expectCaughtUp('TSLA', { epoch: 7, seq: 0 });
  assert.equal(oracle.report().kinds.not_caught_up, 3);
});

test('the report counts what was published, delivered, covered, reset and shown again', () => {
  const { oracle, client } = subscribedClient();
  for (const message of [update(6), update(10, { from: 7 }), reset('7-15'), update(15, { snapshot: true })])
    client.receive(message);
  const { published, delivered, covered, snapshots, resets, gaps, duplicates } = oracle.report();
  assert.deepEqual(
    { published, delivered, covered, snapshots, gaps, duplicates },
    { published: 21, delivered: 2, covered: 5, snapshots: 2, gaps: 0, duplicates: 0 },
  );
  assert.equal(resets.slow_consumer, 1);
});

test('the report shows the first hundred violations and counts them all', () => {
  const { oracle, client } = subscribedClient();
  for (let i = 0; i < 150; i++) client.receive(update(5));
  const report = oracle.report();
  assert.deepEqual([report.violations.length, report.duplicates], [100, 150]);
});
