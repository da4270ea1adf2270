import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from './token-bucket.ts';

const limits = { perSecond: 10, burst: 40 };

function taken(bucket: TokenBucket, now: number, times: number): number {
  return Array.from({ length: times }, () => bucket.take(now)).filter(Boolean).length;
}

test('all that gathers may be taken at once, and then what comes', () => {
  const bucket = new TokenBucket(limits, 0);
  assert.equal(taken(bucket, 0, 100), 40);
  assert.equal(taken(bucket, 1000, 100), 10);
  assert.equal(taken(bucket, 1050, 100), 0);
  assert.equal(taken(bucket, 1_000_000, 100), 40);
});

test('what is refused costs nothing, and more than can gather costs all of it', () => {
  const bucket = new TokenBucket(limits, 0);
  assert.ok(bucket.take(0, 30));
  assert.ok(!bucket.take(0, 11));
  assert.ok(bucket.take(0, 10));
  assert.ok(!bucket.take(3999, 1000));
  assert.ok(bucket.take(4000, 1000));
});

test('on credit one is enough, and the debt is paid first', () => {
  const bucket = new TokenBucket(limits, 0);
  assert.ok(bucket.takeOnCredit(0, 60));
  assert.equal(bucket.waitMs(2000, 1), 100);
  assert.ok(!bucket.takeOnCredit(2099, 1));
  assert.ok(bucket.takeOnCredit(2100, 1));
});

test('what was charged too much comes back, and no more than can gather', () => {
  const bucket = new TokenBucket(limits, 0);
  bucket.charge(50, 0);
  bucket.giveBack(20);
  assert.equal(bucket.waitMs(0, 40), 3000);
  assert.ok(!bucket.isFull(0));
  bucket.giveBack(1000);
  assert.ok(bucket.isFull(0));
  assert.equal(bucket.waitMs(0, 1000), 0);
});

/** As a hub takes messages. */
const perSecond = 20;
const messages = { perSecond, burst: 2 * perSecond };

/** Sends so many messages a second, evenly, for some seconds; returns how many were taken. */
function send(rate: TokenBucket, messagesPerSecond: number, seconds: number): number {
  let taken = 0;
  for (let sent = 0; sent < messagesPerSecond * seconds; sent++)
    if (rate.takeOnCredit((1000 * sent) / messagesPerSecond, 1)) taken++;
  return taken;
}

test('of a flood the rate is taken, and twice that of its first moment', () => {
  const taken = send(new TokenBucket(messages, 0), 5000, 10);
  assert.ok(Math.abs(taken - 12 * perSecond) <= 1, `${taken}`);
});

test('what keeps coming far too fast is counted, though some of it is taken', () => {
  const rate = new TokenBucket(messages, 0);
  send(rate, 100_000 / 60, 1);
  assert.ok(rate.refused > 1000, `${rate.refused}`);
});

test('who sends a little too fast, or too fast for a moment, is refused some and forgiven', () => {
  const rate = new TokenBucket(messages, 0);
  send(rate, 1.5 * perSecond, 60);
  assert.ok(rate.refused <= 1, `${rate.refused}`);
  const burst = new TokenBucket(messages, 0);
  for (let sent = 0; sent < 500; sent++) burst.takeOnCredit(0, 1);
  const refused = burst.refused;
  for (let sent = 1; sent <= refused; sent++) assert.ok(burst.takeOnCredit(sent * 60, 1));
  assert.equal(burst.refused, 0);
});
