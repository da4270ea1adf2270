import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Entitlements, parseEntitlements } from './entitlements.ts';
import { matcherOf, patternsMax } from './symbol-patterns.ts';

function accepted(claim: unknown): Entitlements {
  const parsed = parseEntitlements(claim);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.entitlements;
}

test('a token without the claim restricts nothing', () => {
  for (const claim of [undefined, {}]) {
    const { allows, frequencyMinMs, delayedMinutes, socketsMax } = accepted(claim);
    assert.deepEqual([allows('ANY'), frequencyMinMs, delayedMinutes], [true, 0, 0]);
    assert.equal(socketsMax, Number.POSITIVE_INFINITY);
  }
});

test('each field restricts', () => {
  const { allows, frequencyMinMs, delayedMinutes, socketsMax } = accepted({
    ...{ symbols: ['AAPL', 'US.*'], frequency_min: 1000, sockets: 3, delayed_minutes: 15 },
  });
  assert.deepEqual(['AAPL', 'US.IBM', 'AAPLX', 'XUS.A', 'US'].map(allows), [true, true, false, false, false]);
  assert.deepEqual([frequencyMinMs, delayedMinutes, socketsMax], [1000, 15, 3]);
  assert.equal(accepted({ symbols: [] }).allows('AAPL'), false);
});

test('a delay is rounded up to one that is served, never down', () => {
  const served = [0, 0.1, 1, 2, 5, 6, 12, 15, 16, 25, 31, 60].map((delayed_minutes) =>
    accepted({ delayed_minutes }),
  );
  assert.deepEqual(
    served.map(({ delayedMinutes }) => delayedMinutes),
    [0, 1, 1, 5, 5, 10, 15, 15, 20, 30, 60, 60],
  );
});

test('a claim that can not be understood in full is not accepted', () => {
  const bad: unknown[] = [null, [], 'all', 7, { symbol: ['AAPL'] }, { symbols: 'AAPL' }, { symbols: [7] }];
  bad.push({ symbols: null }, { frequency_min: -1 }, { frequency_min: 60_001 }, { frequency_min: '1000' });
  bad.push({ sockets: -1 }, { sockets: 'three' }, { delayed_minutes: 61 }, { delayed_minutes: null });
  bad.push({ delayed_minutes: -1 }, { delayed_minutes: '15' }, { delayed_minutes: Number.NaN });
  bad.push(
    { frequency_min: null },
    { sockets: null },
    { sockets: Number.NaN },
    { [`x${'y'.repeat(99)}`]: 1 },
  );
  for (const claim of bad) assert.equal(parseEntitlements(claim).ok, false, JSON.stringify(claim));
});

test('patterns are as many as the bound, names as many as fit into a token', () => {
  const many = (count: number, suffix: string): string[] =>
    Array.from({ length: count }, (_, i) => `S${i}${suffix}`);
  assert.ok(matcherOf(many(patternsMax, '*')));
  assert.equal(matcherOf(many(patternsMax + 1, '*')), undefined);
  assert.equal(matcherOf(many(2000, ''))?.('S1999'), true);
});

test('a pattern fits what a regular expression of it would', () => {
  const letters = fc.constantFrom('A', 'B', '.');
  const pattern = fc.string({ unit: fc.constantFrom('A', 'B', '.', '*'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, fc.string({ unit: letters, maxLength: 8 }), (name, symbol) => {
      const expected = new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(symbol);
      assert.equal(matcherOf([name])?.(symbol), expected, `${name} ${symbol}`);
    }),
    { numRuns: 5000 },
  );
});

test('a pattern made to take long does not', () => {
  const matches = matcherOf([`${'A*'.repeat(500)}B`]);
  const startedAt = performance.now();
  for (let i = 0; i < 10_000; i++) assert.equal(matches?.('A'.repeat(32)), false);
  assert.ok(performance.now() - startedAt < 5000);
});
