import type { Batch } from './request-batch.ts';

/** Which symbols somebody here wants, and how often. */
export interface Wishes {
  /** Milliseconds between updates, 0 = every one; undefined: nobody wants the symbol (any more). */
  frequencyOf(symbol: string): number | undefined;
}

interface Asked {
  /** Of the newest request that names the symbol. */
  readonly request: number;
  readonly frequency: number;
  /** To be asked once more. */
  stale: boolean;
}

/** What the hub was asked for over one connection, against what is wanted: tells what is to be asked next. */
export class AskedSymbols {
  readonly #wishes: Wishes;
  readonly #symbolsMax: number;
  readonly #asked = new Map<string, Asked>();
  /** Wanted, but beyond what the hub lets one connection hold. */
  readonly #waiting = new Set<string>();
  /** Symbols to be looked at, in the order in which they changed. */
  readonly #due = new Set<string>();

  constructor(wishes: Wishes, symbolsMax: number) {
    this.#wishes = wishes;
    this.#symbolsMax = symbolsMax;
  }

  /** Nothing is left to be asked for. */
  get idle(): boolean {
    return this.#due.size === 0;
  }

  changed(symbols: Iterable<string>): void {
    for (const symbol of symbols) this.#due.add(symbol);
  }

  /** The hub is to be asked for `symbol` again, though nothing changed here. */
  outdate(symbol: string): void {
    const asked = this.#asked.get(symbol);
    if (asked !== undefined) asked.stale = true;
  }

  /** The hub does not serve `symbol`. */
  refused(symbol: string): void {
    this.#asked.delete(symbol);
    this.#admitWaiting();
  }

  /** Whether `request` is the newest that names `symbol`. */
  isNewest(symbol: string, request: number): boolean {
    return this.#asked.get(symbol)?.request === request;
  }

  /**
   * What to send next: at most `symbolsMax` symbols that can share a message; those to be let go first, because
   * they make room. `refuse` is called for each symbol that finds none.
   */
  nextBatch(symbolsMax: number, refuse: (symbol: string) => void): Batch | undefined {
    this.#forgetSettled();
    return this.#nextToLetGo(symbolsMax) ?? this.#nextToAsk(symbolsMax, refuse);
  }

  sent({ frequency, symbols }: Batch, request: number): void {
    for (const symbol of symbols) {
      this.#due.delete(symbol);
      if (frequency === undefined) this.#asked.delete(symbol);
      else this.#asked.set(symbol, { request, frequency, stale: false });
    }
    if (frequency === undefined) this.#admitWaiting();
  }

  /** Symbols that found no room are looked at again, as many as there is room for now. */
  #admitWaiting(): void {
    let room = this.#symbolsMax - this.#asked.size;
    for (const symbol of this.#waiting) {
      if (room-- <= 0) return;
      this.#waiting.delete(symbol);
      this.#due.add(symbol);
    }
  }

  /** What changed back before it was sent needs no message. */
  #forgetSettled(): void {
    for (const symbol of this.#due) {
      const frequency = this.#wishes.frequencyOf(symbol);
      const asked = this.#asked.get(symbol);
      if (frequency === undefined) this.#waiting.delete(symbol);
      if (asked?.frequency === frequency && asked?.stale !== true) this.#due.delete(symbol);
    }
  }

  #nextToLetGo(symbolsMax: number): Batch | undefined {
    const unwanted = [...this.#due].filter((symbol) => this.#wishes.frequencyOf(symbol) === undefined);
    return unwanted.length > 0 ? { frequency: undefined, symbols: unwanted.slice(0, symbolsMax) } : undefined;
  }

  #nextToAsk(symbolsMax: number, refuse: (symbol: string) => void): Batch | undefined {
    const symbols: string[] = [];
    let shared: number | undefined;
    let room = this.#symbolsMax - this.#asked.size;
    for (const symbol of this.#due) {
      const frequency = this.#wishes.frequencyOf(symbol);
      const isNew = !this.#asked.has(symbol);
      if (isNew && room <= 0) this.#putOff(symbol, refuse);
      else if (frequency === (shared ?? frequency)) {
        shared = frequency;
        symbols.push(symbol);
        if (isNew) room--;
        if (symbols.length === symbolsMax) break;
      }
    }
    return shared === undefined ? undefined : { frequency: shared, symbols };
  }

  #putOff(symbol: string, refuse: (symbol: string) => void): void {
    this.#due.delete(symbol);
    if (this.#waiting.has(symbol)) return;
    this.#waiting.add(symbol);
    refuse(symbol);
  }
}
