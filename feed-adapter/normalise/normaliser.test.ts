import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from '#feed-adapter/fake-clock.ts';
import { noon, symbolsOf, trade } from '#feed-adapter/fixtures.ts';
import type { VenueTick } from '#feed-adapter/venues/venue.ts';
import { type Tick, tickFlags } from '#protocol/tick.ts';
import { decodeTick, encodeTick } from '#protocol/tick-payload.ts';
import {
  createNormaliser,
  type NormaliserLimits,
  normaliserLimits,
  type RejectionReason,
} from './normaliser.ts';

function build(limits: Partial<NormaliserLimits> = {}) {
  const rejected: RejectionReason[] = [];
  const delays: number[] = [];
  let received = 0;
  const metrics = {
    received: () => {
      received++;
    },
    rejected: (reason: RejectionReason) => rejected.push(reason),
    venueDelay: (delayMs: number) => delays.push(delayMs),
  };
  const clock = new FakeClock(noon);
  const known = new Set(symbolsOf('AAPL', 'TSLA'));
  const normaliser = createNormaliser(
    { source: 'test', clock, known, metrics },
    { ...normaliserLimits, ...limits },
  );
  const accept = (over: Partial<VenueTick> = {}): Tick => {
    const outcome = normaliser.accept(trade(over));
    if (typeof outcome === 'string') throw new Error(`rejected: ${outcome}`);
    return outcome;
  };
  return { normaliser, accept, clock, rejected, delays, received: () => received };
}

/** A quote: what `trade` has, without a price and a size. */
function quote(over: Partial<VenueTick>): VenueTick {
  return { symbol: 'AAPL', venueTime: noon, ...over };
}

test('a trade becomes a tick that carries both clocks', async () => {
  const { accept, clock, delays } = build();
  await clock.advance(40);
  const tick = accept({ tradeId: '7', conditions: '@ I', volume: 900 });
  assert.deepEqual(tick, {
    ...{ symbol: 'AAPL', price: 150, size: 10, volume: 900, source: 'test' },
    ...{ venueTime: noon, receivedAt: noon + 40, tradeId: '7', conditions: '@ I', flags: 0 },
  });
  assert.deepEqual(delays, [40]);
});

const badMessages: readonly [string, Partial<VenueTick>, RejectionReason][] = [
  ['a price that is no number', { price: Number.NaN }, 'not_finite'],
  ['an infinite bid', { bid: Number.POSITIVE_INFINITY }, 'not_finite'],
  ['a volume that is no number', { volume: Number.NaN }, 'not_finite'],
  ['a venue time that is no number', { venueTime: Number.NaN }, 'not_finite'],
  ['a price of zero', { price: 0 }, 'not_positive'],
  ['a negative ask', { ask: -1 }, 'not_positive'],
  ['a negative size', { size: -1 }, 'not_positive'],
  ['a price that nothing has', { price: 1e16 }, 'out_of_range'],
  ['a price below every coin', { price: 1e-19 }, 'out_of_range'],
  ['sides whose middle would overflow', { bid: 1.7e308, ask: 1.7e308 }, 'out_of_range'],
  ['a size that nobody trades', { size: 1e19 }, 'out_of_range'],
  ['a volume that nobody trades', { volume: Number.MAX_VALUE }, 'out_of_range'],
  ['a time that no calendar has', { venueTime: -9e15 }, 'too_old'],
  ['seconds instead of milliseconds', { venueTime: noon / 1000 }, 'too_old'],
  ['a trade id that fits no payload', { tradeId: '7'.repeat(70_000) }, 'text_too_long'],
  ['conditions without end', { conditions: '@'.repeat(129) }, 'text_too_long'],
  ['a time in ten thousand years', { venueTime: 9e15 }, 'from_future'],
  ['a symbol that is not announced', { symbol: 'NOPE' }, 'unknown_symbol'],
  ['a time further ahead than the limit', { venueTime: noon + 5001 }, 'from_future'],
];
for (const [what, message, reason] of badMessages) {
  test(`${what} is rejected as ${reason} and counted`, () => {
    const { normaliser, rejected, received } = build();
    assert.equal(normaliser.accept(trade(message)), reason);
    assert.deepEqual([rejected, received()], [[reason], 1]);
  });
}

test('a size of zero, and a time ahead by no more than the limit, are accepted', () => {
  assert.equal(build().accept({ size: 0, venueTime: noon + 5000 }).size, 0);
});

test('a message without a venue time takes the time of receipt, and says nothing of the delay', () => {
  const { normaliser, delays } = build();
  const outcome = normaliser.accept({ symbol: 'AAPL', price: 1 });
  assert.ok(typeof outcome !== 'string');
  assert.equal(outcome.venueTime, noon);
  assert.deepEqual(delays, []);
});

test('a trade id is accepted once per symbol', () => {
  const { normaliser, accept } = build();
  accept({ tradeId: '1' });
  assert.equal(normaliser.accept(trade({ tradeId: '1' })), 'duplicate_trade');
  assert.equal(accept({ symbol: 'TSLA', tradeId: '1' }).tradeId, '1');
});

test('a rejected trade does not use up its id', () => {
  const { normaliser, accept } = build();
  assert.equal(normaliser.accept(trade({ tradeId: '1', price: 0 })), 'not_positive');
  assert.equal(accept({ tradeId: '1' }).tradeId, '1');
});

test('a quote carries the last trade price and the side that it does not name', () => {
  const { normaliser, accept } = build();
  accept({ price: 150, bid: 149, ask: 151 });
  const outcome = normaliser.accept(quote({ bid: 149.5 }));
  assert.ok(typeof outcome !== 'string');
  assert.deepEqual([outcome.price, outcome.bid, outcome.ask, outcome.size], [150, 149.5, 151, undefined]);
});

test('without any trade a quote is priced in the middle, and refused while one side is unknown', () => {
  const { normaliser } = build();
  assert.equal(normaliser.accept(quote({ bid: 100 })), 'no_price');
  const outcome = normaliser.accept(quote({ ask: 102 }));
  assert.ok(typeof outcome !== 'string');
  assert.equal(outcome.price, 101);
});

test('a message older than the newest of its symbol is flagged, and does not replace the last values', () => {
  const { normaliser, accept } = build();
  accept({ price: 150, bid: 149, venueTime: noon + 10 });
  const old = accept({ price: 151, bid: 140, venueTime: noon + 9 });
  assert.equal(old.flags & tickFlags.out_of_order, tickFlags.out_of_order);
  const next = normaliser.accept(quote({ ask: 152, venueTime: noon + 11 }));
  assert.ok(typeof next !== 'string');
  assert.deepEqual([next.price, next.bid], [150, 149]);
});

test('a trade behind the quotes is still the newest trade', () => {
  const { normaliser, accept } = build();
  accept({ price: 150 });
  normaliser.accept(quote({ bid: 149, venueTime: noon + 100 }));
  accept({ price: 151, venueTime: noon + 50 });
  const next = normaliser.accept(quote({ ask: 152, venueTime: noon + 101 }));
  assert.ok(typeof next !== 'string');
  assert.equal(next.price, 151);
});

test('lateness is flagged only where a limit is set', () => {
  const old = { venueTime: noon - 61_000 };
  assert.equal(build().accept(old).flags, 0);
  assert.equal(build({ lateMs: 60_000 }).accept(old).flags, tickFlags.late);
});

test('flags that the venue justifies are kept', () => {
  assert.equal(build().accept({ flags: tickFlags.delayed }).flags, tickFlags.delayed);
});

test('a suspect print is flagged, and no later quote carries its price', () => {
  const { normaliser, accept } = build();
  for (let i = 0; i < 5; i++) accept({ price: 100 + i });
  assert.equal(accept({ price: 200 }).flags, tickFlags.suspect);
  const next = normaliser.accept(quote({ bid: 103 }));
  assert.ok(typeof next !== 'string');
  assert.deepEqual([next.price, next.flags], [104, 0]);
});

test('a quote without a time of the venue does not make the trades after it out of order', () => {
  const { normaliser, accept } = build();
  const { venueTime: _, ...untimed } = quote({ bid: 9, ask: 11 });
  normaliser.accept(untimed);
  assert.equal(accept({ venueTime: noon - 1000 }).flags & tickFlags.out_of_order, 0);
});

test('whatever numbers and texts a message has, what is accepted can be published and read again', () => {
  const { normaliser } = build();
  const number = fc.oneof(fc.double(), fc.constantFrom(0, -0, 5e-324, 1e-18, 1e15, 1.7e308, 8.64e15, -9e15));
  const message = fc.record(
    {
      ...{ symbol: fc.constantFrom('AAPL', 'TSLA', '__proto__'), price: number, bid: number, ask: number },
      ...{ size: number, volume: number, venueTime: fc.oneof(number, fc.constant(noon + 0.5)) },
      ...{
        tradeId: fc.string({ unit: 'binary', maxLength: 200 }),
        conditions: fc.string({ maxLength: 200 }),
      },
    },
    { requiredKeys: ['symbol'] },
  );
  fc.assert(
    fc.property(message, (raw) => {
      const outcome = normaliser.accept(raw);
      if (typeof outcome === 'string') return;
      assert.deepEqual(decodeTick(outcome.symbol, encodeTick(outcome)), outcome);
      assert.ok(outcome.price > 0 && Number.isInteger(outcome.venueTime));
    }),
    { numRuns: 3000 },
  );
});
