/**
 * Remembers the last `idsMax` ids, however many come. Most venues count their trades upwards: an id above
 * all before it is new, without a look at any, and takes 8 bytes. Any other id costs a look-up.
 */
export class RecentIds {
  readonly #numbers: Ring<number>;
  #highest = 0;
  readonly #texts: Ring<string>;
  /** What is in `#texts`; made for the first, as most symbols have none. */
  #known: Set<string> | undefined;

  constructor(idsMax: number) {
    this.#numbers = new Ring(idsMax);
    this.#texts = new Ring(idsMax);
  }

  /** Whether `id` is new; from now on it is not. */
  take(id: string): boolean {
    const number = wholeNumber(id);
    return number === undefined ? this.#takeText(id) : this.#takeNumber(number);
  }

  #takeNumber(number: number): boolean {
    if (number <= this.#highest && this.#numbers.includes(number)) return false;
    this.#highest = Math.max(this.#highest, number);
    this.#numbers.push(number);
    return true;
  }

  #takeText(id: string): boolean {
    this.#known ??= new Set();
    if (this.#known.has(id)) return false;
    this.#known.add(id);
    const forgotten = this.#texts.push(id);
    if (forgotten !== undefined) this.#known.delete(forgotten);
    return true;
  }
}

/**
 * A whole number from 1 on as venues write it; `007` or `1e3` would be another id than the number it stands for.
 * Digit by digit it is read in a fifth of the time of a pattern and `Number`.
 */
function wholeNumber(id: string): number | undefined {
  if (id.length === 0 || id.length > 16 || id.charCodeAt(0) === zero) return undefined;
  let number = 0;
  for (let at = 0; at < id.length; at++) {
    const digit = id.charCodeAt(at) - zero;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number <= Number.MAX_SAFE_INTEGER ? number : undefined;
}

const zero = '0'.charCodeAt(0);

/** The last so many values; grows as they come. */
class Ring<T> {
  readonly #valuesMax: number;
  readonly #values: T[] = [];
  /** Once full: the value that the next one takes the place of. */
  #oldest = 0;

  constructor(valuesMax: number) {
    this.#valuesMax = valuesMax;
  }

  includes(value: T): boolean {
    return this.#values.includes(value);
  }

  /** Adds a value; returns the one that it takes the place of. */
  push(value: T): T | undefined {
    if (this.#values.length < this.#valuesMax) {
      this.#values.push(value);
      return undefined;
    }
    const forgotten = this.#values[this.#oldest];
    this.#values[this.#oldest] = value;
    this.#oldest = (this.#oldest + 1) % this.#valuesMax;
    return forgotten;
  }
}
