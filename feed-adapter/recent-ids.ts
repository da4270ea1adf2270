/** A whole number as venues write it; `007` or `1e3` would be another id than the number it stands for. */
const numberPattern = /^[1-9]\d{0,15}$/;

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
    const number = numberPattern.test(id) ? Number(id) : Number.NaN;
    return Number.isSafeInteger(number) ? this.#takeNumber(number) : this.#takeText(id);
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
