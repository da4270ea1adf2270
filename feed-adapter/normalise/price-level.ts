/** When a price is suspect, and what it is compared with. */
export interface PriceLevelLimits {
  /** A price further than this part of the median from it is suspect, e.g. 0.1. */
  readonly suspectRatio: number;
  /** Unsuspected prices that make up the median. */
  readonly windowPrices: number;
  /** Below so many known prices nothing is suspect. */
  readonly knownPricesMin: number;
  /** So many suspect prices in a row that agree are the new level. */
  readonly agreeingPrices: number;
}

/** The level that a symbol trades at: the median of its recent prices, and whether a price fits it. */
export class PriceLevel {
  readonly #limits: PriceLevelLimits;
  /** Unsuspected prices, oldest first, at most `windowPrices`. */
  #window: number[] = [];
  /** The same, in ascending order; kept so rather than sorted anew for each tick. */
  #ascending: number[] = [];
  /** Suspect prices in a row that agree with each other. */
  #run: number[] = [];

  constructor(limits: PriceLevelLimits) {
    this.#limits = limits;
  }

  /** Whether `price` is far from the level; takes it into account either way. */
  isSuspect(price: number): boolean {
    if (this.#fits(price)) {
      this.#run = emptyRun;
      this.#take(price);
      return false;
    }
    this.#run = this.#agrees(price) ? [...this.#run, price] : [price];
    if (this.#run.length < this.#limits.agreeingPrices) return true;
    this.#moveTo(this.#run);
    return false;
  }

  #fits(price: number): boolean {
    const known = this.#ascending.length;
    if (known < this.#limits.knownPricesMin) return true;
    const upper = this.#ascending[known >> 1] ?? price;
    const median = known % 2 === 1 ? upper : (upper + (this.#ascending[(known >> 1) - 1] ?? upper)) / 2;
    return isNear(price, median, this.#limits.suspectRatio);
  }

  #agrees(price: number): boolean {
    const [first] = this.#run;
    return first !== undefined && isNear(price, first, this.#limits.suspectRatio);
  }

  /**
   * A wrong print stands alone; several in a row that agree are news (a halt that ended, a split, an
   * opening gap). Without this, one real jump would leave every later price suspect for ever, because
   * suspect prices do not move the median.
   */
  #moveTo(run: readonly number[]): void {
    this.#window = [...run];
    this.#ascending = [...run].sort((a, b) => a - b);
    this.#run = emptyRun;
  }

  #take(price: number): void {
    this.#window.push(price);
    insert(this.#ascending, price);
    if (this.#window.length <= this.#limits.windowPrices) return;
    const oldest = this.#window.shift();
    if (oldest !== undefined) remove(this.#ascending, oldest);
  }
}

/** Shared by all symbols, never written to: most symbols never see a suspect price. */
const emptyRun: number[] = [];

function isNear(price: number, level: number, ratio: number): boolean {
  return Math.abs(price - level) <= level * ratio;
}

function insert(ascending: number[], price: number): void {
  let at = ascending.length;
  for (let below = ascending[at - 1]; below !== undefined && below > price; below = ascending[at - 1]) {
    ascending[at] = below;
    at--;
  }
  ascending[at] = price;
}

/** Takes out one `price` that is there; `splice` would make a list of what it took. */
function remove(ascending: number[], price: number): void {
  const at = ascending.indexOf(price);
  ascending.copyWithin(at, at + 1);
  ascending.pop();
}
