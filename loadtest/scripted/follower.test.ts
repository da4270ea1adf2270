import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Follower, type FollowerSink } from './follower.ts';

/** A follower of A and B at a clock that the test moves, and everything that it has said. */
function setUp(frequency = 0) {
  const said: string[] = [];
  const clock = { now: 1000 };
  const sink: FollowerSink = {
    update: (latencyMs) => said.push(`update ${latencyMs}`),
    answered: (ms) => said.push(`answered ${ms}`),
    resumed: (ms, recovered) => said.push(`resumed ${ms} ${recovered}`),
    reset: (symbol, reason) => said.push(`reset ${symbol} ${reason}`),
    refused: (text) => said.push(`refused ${text}`),
    fault: (kind, text) => said.push(`${kind} ${text}`),
  };
  const follower = new Follower({ symbols: ['A', 'B'], frequency, now: () => clock.now }, sink);
  const hear = (message: unknown): string[] => {
    said.length = 0;
    follower.message(typeof message === 'string' ? message : JSON.stringify(message));
    return [...said];
  };
  const update = (fields: object) =>
    hear({ type: 'price_update', data: { A: { price: 1, timestamp: '', ...fields } } });
  const subscribed = (answer: object) => hear({ type: 'subscribed', symbols: { A: answer } });
  /** Holds A up to 5 of epoch 7. */
  const begin = (): void => {
    follower.opened();
    subscribed({ position: '7-5' });
    update({ seq: 5, snapshot: true });
  };
  return { follower, clock, hear, update, subscribed, begin };
}

test('a symbol is answered by the snapshot of its position, and its updates are timed from the adapter on', () => {
  const { follower, clock, update, subscribed } = setUp();
  follower.opened();
  assert.deepEqual(subscribed({ position: '7-5' }), []);
  clock.now = 1040;
  assert.deepEqual(update({ seq: 5, snapshot: true, received: 900 }), ['answered 40']);
  assert.deepEqual(update({ seq: 6, received: 1030 }), ['update 10']);
  assert.deepEqual(update({ seq: 9, from: 7, received: 1035 }), ['update 5']);
});

test('numbers that no update covers are a gap', () => {
  const { begin, update } = setUp();
  begin();
  assert.deepEqual(update({ seq: 8 }), ['gap A gap: 6 to 7 are missing']);
  assert.deepEqual(update({ seq: 9, received: 1000 }), ['update 0'], 'a gap is told once');
  assert.deepEqual(update({ seq: 15, from: 12 }), ['gap A gap: 10 to 11 are missing']);
});

test('a snapshot over a hole is a gap unless a reset comes before it', () => {
  const { begin, update, hear } = setUp();
  begin();
  assert.deepEqual(update({ seq: 8, snapshot: true }), ['gap A gap: 6 to 7 are missing']);
  const reset = { type: 'reset', symbol: 'A', reason: 'slow_consumer', position: '7-20' };
  assert.deepEqual(hear(reset), ['reset A slow_consumer']);
  assert.deepEqual(update({ seq: 20, snapshot: true }), []);
});

test('what is held already is a repeat unless it is a snapshot', () => {
  const { begin, update } = setUp();
  begin();
  assert.deepEqual(update({ seq: 5 }), ['repeat A duplicate: 5, after 5']);
  assert.deepEqual(update({ seq: 6, from: 5 }), ['repeat A overlap: 5 to 6, after 5']);
  assert.deepEqual(update({ seq: 6, snapshot: true }), []);
});

test('what the contract does not have is a disorder', () => {
  const { follower, begin, update, hear, subscribed } = setUp();
  const kind = (said: readonly string[]): string => said.map((line) => line.split(' ', 1)[0]).join();
  follower.opened();
  assert.equal(kind(update({ seq: 1 })), 'disorder', 'an update before `subscribed`');
  assert.equal(kind(subscribed({ position: '7-5', recovered: true })), 'disorder', 'nothing was held');
  begin();
  assert.equal(kind(update({ seq: 6, from: 7 })), 'disorder', 'from above seq');
  assert.equal(kind(hear({ type: 'price_update', data: { C: { seq: 1 } } })), 'disorder', 'never asked for');
  assert.equal(kind(hear('{')), 'disorder');
  subscribed({ position: '7-9' });
  assert.equal(kind(update({ seq: 10 })), 'disorder', 'the snapshot of 9 was promised');
});

test('a lost connection is resumed from what is held, and what is replayed is not timed', () => {
  const { follower, clock, begin, update, subscribed } = setUp(5000);
  begin();
  follower.closed();
  clock.now = 3000;
  assert.deepEqual(JSON.parse(follower.opened()), {
    ...{ type: 'subscribe', symbols: ['A', 'B'], frequency: 5000 },
    since: { A: '7-5' },
  });
  assert.deepEqual(subscribed({ position: '7-7', recovered: true }), ['answered 0', 'resumed 2000 true']);
  assert.deepEqual(update({ seq: 6, received: 1500 }), ['update undefined']);
  assert.deepEqual(update({ seq: 7, received: 1600 }), ['update undefined']);
  assert.deepEqual(update({ seq: 8, received: 2990 }), ['update 10']);
});

test('a position whose snapshot never came is not resumed from, one whose answer never came is', () => {
  const { follower, begin, subscribed } = setUp();
  begin();
  follower.closed();
  follower.opened();
  follower.closed();
  assert.deepEqual(JSON.parse(follower.opened()).since, { A: '7-5' });
  subscribed({ position: '7-9' });
  follower.closed();
  assert.equal(JSON.parse(follower.opened()).since, undefined);
});

test('a refused resume is told as a reset, the first price of a symbol is not', () => {
  const { follower, begin, hear, subscribed, update } = setUp();
  const reset = { type: 'reset', symbol: 'A', reason: 'epoch_changed', position: '8-0' };
  follower.opened();
  assert.deepEqual(subscribed({}), ['answered 0']);
  assert.deepEqual(hear(reset), []);
  assert.deepEqual(update({ seq: 0, snapshot: true }), []);
  begin();
  follower.closed();
  follower.opened();
  assert.deepEqual(subscribed({ position: '8-3', recovered: false }), ['answered 0', 'resumed 0 false']);
  assert.deepEqual(hear({ ...reset, position: '8-3' }), ['reset A epoch_changed']);
  assert.deepEqual(update({ seq: 3, snapshot: true }), []);
});

test('who does not get as far as others at the end is behind', () => {
  const { follower, begin, update } = setUp();
  begin();
  assert.deepEqual(follower.behind({ A: '7-5', C: '7-9' }), []);
  assert.deepEqual(follower.behind({ A: '7-6' }), ['A']);
  assert.deepEqual(follower.behind({ A: '8-1' }), ['A'], 'another epoch');
  assert.deepEqual(follower.behind({ B: '7-0' }), ['B'], 'never answered');
  update({ seq: 6 });
  assert.deepEqual(follower.behind({ A: '7-6' }), []);
  assert.deepEqual(follower.positions(), { A: '7-6' });
});

test('refusals and the wish of a draining hub are passed on', () => {
  const { follower, hear } = setUp();
  follower.opened();
  assert.deepEqual(hear({ type: 'error', code: 'unknown_symbol', message: 'Invalid' }), ['refused Invalid']);
  assert.equal(follower.reconnectAfterMs, undefined);
  hear({ type: 'goodbye', reason: 'drain', reconnect_after_ms: 7 });
  assert.equal(follower.reconnectAfterMs, 7);
  follower.opened();
  assert.equal(follower.reconnectAfterMs, undefined);
});
