import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chargeRejections, receivingCost, workCost } from '#hub/requests/request-cost.ts';
import { TokenBucket } from '#protocol/pacing/token-bucket.ts';
import { MessageBudget, requestCostMost, tokenCostMost } from './message-budget.ts';

interface Sent {
  readonly symbols: number;
  readonly bytes: number;
  readonly rejected: number;
}

const request: fc.Arbitrary<Sent> = fc
  .record({ symbols: fc.integer({ min: 1, max: 200 }), bytes: fc.nat(65_536), share: fc.nat(4) })
  .map(({ symbols, bytes, share }) => ({ symbols, bytes, rejected: Math.floor((symbols * share) / 4) }));

const session = { identity: undefined, attachments: { size: 0 } } as never;
const known = { identity: {}, malformed: 0 };

/** What arrives up to half a second late and is charged by a hub's own rules. */
function hubOf(perSecond: number, now: number) {
  const rate = new TokenBucket({ perSecond, burst: 2 * perSecond }, now);
  let clock = now;
  return {
    takes(sentAt: number, lateMs: number, { symbols, bytes, rejected }: Sent): boolean {
      clock = Math.max(clock, sentAt + lateMs); // nothing overtakes what was sent before
      if (!rate.takeOnCredit(clock, receivingCost(known as never, bytes))) return false;
      rate.charge(workCost({ type: 'subscribe', symbols: Array(symbols).fill('A') }, session));
      chargeRejections({ ...known, rate } as never, Array(rejected).fill({ code: 'unknown_symbol' }));
      return true;
    },
    takesToken(bytes: number): boolean {
      if (!rate.takeOnCredit(clock, receivingCost(session, bytes))) return false;
      rate.charge(workCost({ type: 'authenticate', token: '' }, session));
      return true;
    },
  };
}

test('a hub takes everything that keeps to the budget, whatever is in it, rejected, or half a second late', () => {
  const latency = fc.nat(499);
  const sends = fc.array(fc.tuple(request, latency, fc.boolean()), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 50 }), sends, fc.boolean(), (perSecond, all, hasToken) => {
      let now = 1000;
      const budget = new MessageBudget(perSecond, now);
      const hub = hubOf(perSecond, now);
      if (hasToken) {
        budget.charge(tokenCostMost(900, 0), now);
        assert.ok(hub.takesToken(900));
      }
      for (const [one, lateMs, isAnswered] of all) {
        const cost = requestCostMost(one.bytes, one.symbols);
        for (let waitMs = budget.waitMs(cost, now); waitMs > 0; waitMs = budget.waitMs(cost, now))
          now += waitMs;
        budget.charge(cost, now);
        assert.ok(hub.takes(now, lateMs, one), `at ${now}`);
        if (isAnswered) budget.served(one.symbols - one.rejected);
      }
    }),
    { numRuns: 500 },
  );
});

test('what costs more than can ever gather goes once everything has gathered', () => {
  const budget = new MessageBudget(1, 0);
  assert.equal(budget.waitMs(9, 0), 0);
  budget.charge(9, 0);
  assert.equal(budget.waitMs(9, 0), 9000);
  budget.served(200);
  assert.equal(budget.waitMs(9, 0), 2750);
});

test('a message that was paid for does not wait, and what is left over does not pile up', () => {
  const budget = new MessageBudget(2, 0);
  for (let sent = 0; sent < 3; sent++) {
    assert.equal(budget.waitMs(1, 60_000), 0);
    budget.charge(1, 60_000);
  }
  assert.equal(budget.waitMs(1, 60_000), 500);
  assert.equal(budget.waitMs(1, 60_500), 0);
});
