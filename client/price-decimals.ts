/** Prices are shown with cents at least. */
const decimalsMin = 2;
/** A price needs 18 decimals at most before its first digit that is not 0 (adapters pass on none below 1e-18), and 11 after it. */
const decimalsMax = 30;
/**
 * Digits of a number that are taken as real. A double holds 15 of a decimal number; of what was calculated, as the middle
 * of bid and ask or the difference of two prices is, the last ones are noise: 0.1 + 0.2 is 0.30000000000000004.
 */
const significantDigits = 12;

/** The decimals of a number without its noise: 2 for 0.25, 0 for 100, 8 for 1e-8. */
export function decimalsOf(value: number): number {
  const [mantissa = '', exponent = '0'] = value.toExponential(significantDigits - 1).split('e');
  const digits = mantissa.replace(/^-?\d\.?/, '').replace(/0+$/, '').length;
  return Math.min(decimalsMax, Math.max(0, digits - Number(exponent)));
}

/**
 * A number in full, without an exponent. Only one that is not 0 and too small for `decimals` has its exponent.
 * @param decimals 0 … 30
 */
export function plainNumber(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return Number(text) === 0 && value !== 0 ? String(value) : text;
}

/**
 * How many decimals the prices of one symbol are shown with: those of the finest that was seen, two at least. They
 * only grow, so that a column does not jump from one price to the next, and none is shown with fewer than it has.
 */
export class PriceDecimals {
  #count = decimalsMin;

  /** Decimals, 2 … 30. */
  get count(): number {
    return this.#count;
  }

  /** Takes prices of the symbol that are about to be shown. */
  see(...prices: readonly (number | undefined)[]): void {
    for (const price of prices)
      if (price !== undefined) this.#count = Math.max(this.#count, decimalsOf(price));
  }

  /** A price that was seen, or the difference of two. */
  text(price: number): string {
    return plainNumber(price, this.#count);
  }
}
