import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageRate } from './message-rate.ts';

const perSecond = 20;

/** Sends so many messages a second, evenly, for some seconds; returns how many were taken. */
function send(rate: MessageRate, messagesPerSecond: number, seconds: number): number {
  let taken = 0;
  for (let sent = 0; sent < messagesPerSecond * seconds; sent++)
    if (rate.take(perSecond, (1000 * sent) / messagesPerSecond)) taken++;
  return taken;
}

test('of a flood the rate is taken, and twice that of its first moment', () => {
  const taken = send(new MessageRate(perSecond, 0), 5000, 10);
  assert.ok(Math.abs(taken - 12 * perSecond) <= 1, `${taken}`);
});

test('what keeps coming far too fast is counted, though some of it is taken', () => {
  const rate = new MessageRate(perSecond, 0);
  send(rate, 100_000 / 60, 1);
  assert.ok(rate.refused > 1000, `${rate.refused}`);
});

test('who sends a little too fast, or too fast for a moment, is refused some and forgiven', () => {
  const rate = new MessageRate(perSecond, 0);
  send(rate, 1.5 * perSecond, 60);
  assert.ok(rate.refused <= 1, `${rate.refused}`);
  const burst = new MessageRate(perSecond, 0);
  for (let sent = 0; sent < 500; sent++) burst.take(perSecond, 0);
  const refused = burst.refused;
  for (let sent = 1; sent <= refused; sent++) assert.ok(burst.take(perSecond, sent * 60));
  assert.equal(burst.refused, 0);
});
