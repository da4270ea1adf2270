import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decimalsOf, PriceDecimals, plainNumber } from './price-decimals.ts';

/** A price as a venue writes it: up to 12 digits, of 1e-18 … 1e15. */
const written = fc
  .record({
    digits: fc.integer({ min: 1, max: 999_999_999_999 }),
    exponent: fc.integer({ min: -18, max: 3 }),
    negative: fc.boolean(),
  })
  .map(({ digits, exponent, negative }) => Number(`${negative ? '-' : ''}${digits}e${exponent}`));

function shown(...prices: readonly number[]): string[] {
  const decimals = new PriceDecimals();
  decimals.see(...prices);
  return prices.map((price) => decimals.text(price));
}

describe('prices are shown', () => {
  for (const [prices, texts] of [
    [[100], ['100.00']],
    [
      [150.1, 150.25],
      ['150.10', '150.25'],
    ],
    [[151.234], ['151.234']],
    [[1e-8], ['0.00000001']],
    [[2.59e-10], ['0.000000000259']],
    [[1e-18], ['0.000000000000000001']],
    [
      [0.000_012_34, 0.000_012],
      ['0.00001234', '0.00001200'],
    ],
    [[999_999_999_999_999], ['999999999999999.00']],
    [[-37.63], ['-37.63']],
    [[0], ['0.00']],
  ] as const)
    test(`as a venue writes them: ${prices.join(' ')}`, () => {
      assert.deepEqual(shown(...prices), texts);
    });

  test('without the noise of what was calculated', () => {
    assert.deepEqual(shown(0.1 + 0.2), ['0.30']);
    assert.deepEqual(shown((0.1 + 0.2) / 2), ['0.15']);
    assert.deepEqual(shown(1.1 + 2.2), ['3.30']);
    const decimals = new PriceDecimals();
    decimals.see(97_123.46, 97_123.45);
    assert.equal(decimals.text(97_123.46 - 97_123.45), '0.01');
  });

  test('with every digit that was received, of 12, none of them as 0, and without an exponent', () => {
    fc.assert(
      fc.property(fc.array(written, { minLength: 1, maxLength: 10 }), (prices) => {
        for (const [at, text] of shown(...prices).entries()) {
          assert.match(text, /^-?\d+\.\d{2,}$/);
          assert.equal(Number(Number(text).toPrecision(12)), Number(prices[at]?.toPrecision(12)));
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('with decimals that only grow, and are the same for each of them', () => {
    fc.assert(
      fc.property(fc.array(written, { minLength: 1, maxLength: 20 }), (prices) => {
        const decimals = new PriceDecimals();
        let before = 2;
        for (const price of prices) {
          decimals.see(price);
          assert.ok(decimals.count >= before);
          assert.equal(decimals.text(price).split('.')[1]?.length, decimals.count);
          before = decimals.count;
        }
        assert.equal(before, Math.max(2, ...prices.map(decimalsOf)), 'no more than the finest needs');
      }),
    );
  });

  test('though they move by one step of the finest', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99_999_999_999 }),
        fc.integer({ min: -18, max: 0 }),
        (steps, exponent) => {
          const [low, high] = [Number(`${steps}e${exponent}`), Number(`${steps + 1}e${exponent}`)];
          const decimals = new PriceDecimals();
          decimals.see(low, high);
          assert.notEqual(decimals.text(low), decimals.text(high));
          assert.equal(Number(decimals.text(high - low)), Number(`1e${exponent}`));
        },
      ),
    );
  });

  test('so that what is not a price of this world keeps the page whole', () => {
    assert.deepEqual(shown(5e-324), ['5e-324']);
    assert.equal(decimalsOf(5e-324), 30);
    assert.equal(plainNumber(1e21, 2), '1e+21');
  });
});
