import type { Interest } from '#client/desired-symbols.ts';
import type { Batch } from './request-batch.ts';

/** What the hub was asked for, of one symbol, over one connection. */
interface Requested {
  /** What the last request asked for; undefined: to let the symbol go. */
  interest: Interest | undefined;
  /** What that came to. `outdated`: it is to be made once more; `adrift`: the hub holds what nobody here has the position of. */
  outcome: 'pending' | 'granted' | 'refused' | 'outdated' | 'adrift';
  /** Whether the hub holds the symbol, by what it answered last; a request that is refused changes nothing. */
  held: boolean;
  /** The number of the interest that has its position; `nobodys` where none has. */
  positionOf: number;
}

/** The part of `DesiredSymbols` that is compared with what was requested. */
export interface Desires {
  /** Undefined: nobody wants the symbol (any more). */
  interestIn(symbol: string): Interest | undefined;
}

/**
 * What the hub was asked for over one connection, compared with what is desired: tells what to ask next. One request
 * for a symbol is under way at a time; what is desired meanwhile is compared with its answer. A symbol that nobody wanted
 * for a while has lost its position, so it is asked for again, though the hub may never have heard that it was let go.
 */
export class RequestedSymbols {
  readonly #desires: Desires;
  readonly #symbolsMax: number;
  readonly #requested = new Map<string, Requested>();
  /** Desired, but beyond what the hub lets one connection hold. */
  readonly #waiting = new Set<string>();
  /** Symbols to be compared, in the order in which they changed. */
  readonly #due = new Set<string>();

  /** @param symbolsMax that the hub lets one connection hold */
  constructor(desires: Desires, symbolsMax: number) {
    this.#desires = desires;
    this.#symbolsMax = symbolsMax;
  }

  /** Nothing is left to be asked for. */
  get idle(): boolean {
    return this.#due.size === 0;
  }

  /** What is desired of these symbols may have changed. */
  changed(symbols: Iterable<string>): void {
    for (const symbol of symbols) this.#due.add(symbol);
  }

  /** The hub did what it was asked for. Returns whether it serves a symbol that is wanted now. */
  granted(symbol: string): boolean {
    const requested = this.#requested.get(symbol);
    if (requested?.interest === undefined) {
      this.#requested.delete(symbol);
      this.#compareAgain(symbol, undefined);
      return false;
    }
    const desired = this.#desires.interestIn(symbol);
    const { frequency } = requested.interest;
    // The position in the answer is taken for whoever wants the symbol now; for nobody it is not taken.
    const interest = { number: desired?.number ?? nobodys, frequency };
    const positionOf = interest.number;
    Object.assign(requested, { interest, outcome: 'granted', held: true, positionOf } satisfies Requested);
    this.#compareAgain(symbol, interest);
    return desired !== undefined;
  }

  /** The hub does not serve `symbol` as it was asked to; it is asked again when what is desired changes. */
  refused(symbol: string): void {
    this.#refuse(symbol);
    this.#admitWaiting();
  }

  /** The hub has no room for `symbol`: it is asked for again when another one is let go. */
  refusedForRoom(symbol: string): void {
    this.#refuse(symbol);
    this.#waiting.add(symbol);
  }

  /** The hub took `symbol` away by itself. What is asked for it just now has an answer of its own. */
  takenAway(symbol: string): void {
    const requested = this.#requested.get(symbol);
    if (requested === undefined) return;
    requested.held = false;
    if (requested.outcome !== 'pending') this.refused(symbol);
  }

  /** The hub did not work on the last request for `symbol`: it is to be made once more, when `changed` names the symbol. */
  unserved(symbol: string): void {
    const requested = this.#requested.get(symbol);
    if (requested !== undefined) requested.outcome = 'outdated';
  }

  /** What the hub said of symbols in answer to a request that was made once more since: only whether it holds them counts. */
  answeredBefore(symbols: readonly string[], held: boolean): void {
    for (const symbol of symbols) {
      const requested = this.#requested.get(symbol);
      if (requested !== undefined) requested.held = held;
    }
  }

  /** The position in the hub's answer was not taken, as another connection is ahead: the hub is to be asked again, from there. */
  notTaken(symbol: string): void {
    const requested = this.#requested.get(symbol);
    if (requested !== undefined) requested.positionOf = nobodys;
    this.outdate(symbol);
  }

  /** The hub is to be asked for `symbol` again, unless the answer to such a request is still to come. */
  outdate(symbol: string): void {
    if (this.#requested.get(symbol)?.outcome !== 'pending') this.unserved(symbol);
    this.#due.add(symbol);
  }

  /**
   * What to send next: at most `symbolsMax` symbols that can share a message; those to be let go first, because
   * they make room. `noRoom` is called for each symbol that finds none.
   */
  nextBatch(symbolsMax: number, noRoom: (symbol: string) => void): Batch | undefined {
    this.#forgetSettled();
    return this.#nextToLetGo(symbolsMax) ?? this.#nextToAsk(symbolsMax, noRoom);
  }

  sent({ frequency, symbols }: Batch): void {
    for (const symbol of symbols) {
      this.#due.delete(symbol);
      this.#waiting.delete(symbol); // it found room since, by being wanted anew: its place is another's
      const interest = frequency === undefined ? undefined : this.#desires.interestIn(symbol);
      const { held = false, positionOf = nobodys } = this.#requested.get(symbol) ?? {};
      this.#requested.set(symbol, { interest, outcome: 'pending', held, positionOf });
    }
    if (frequency === undefined) this.#admitWaiting();
  }

  #refuse(symbol: string): void {
    const requested = this.#requested.get(symbol);
    if (!requested?.held) this.#requested.delete(symbol);
    else if (requested.positionOf === this.#desires.interestIn(symbol)?.number) requested.outcome = 'refused';
    else {
      requested.outcome = 'adrift';
      this.#due.add(symbol);
    }
    this.#compareAgain(symbol, requested?.interest);
  }

  /** What is desired may have changed since `asked` was. */
  #compareAgain(symbol: string, asked: Interest | undefined): void {
    if (!isSame(this.#desires.interestIn(symbol), asked)) this.#due.add(symbol);
  }

  /** How many symbols may still be asked for. */
  #room(): number {
    let taken = 0;
    for (const requested of this.#requested.values()) if (takesRoom(requested)) taken++;
    return this.#symbolsMax - taken;
  }

  /** Symbols that found no room are compared again, as many as there is room for now. */
  #admitWaiting(): void {
    if (this.#waiting.size === 0) return;
    let room = this.#room();
    for (const symbol of this.#waiting) {
      if (room-- <= 0) return;
      this.#waiting.delete(symbol);
      this.#due.add(symbol);
    }
  }

  /** What changed back before it was sent needs no message; what is under way is compared when its answer comes. */
  #forgetSettled(): void {
    for (const symbol of this.#due) {
      const interest = this.#desires.interestIn(symbol);
      if (interest === undefined) this.#waiting.delete(symbol);
      const requested = this.#requested.get(symbol);
      if (requested?.outcome === 'pending' || isSettled(interest, requested)) this.#due.delete(symbol);
    }
  }

  #nextToLetGo(symbolsMax: number): Batch | undefined {
    const undesired = [...this.#due].filter(
      (symbol) =>
        this.#desires.interestIn(symbol) === undefined || this.#requested.get(symbol)?.outcome === 'adrift',
    );
    return undesired.length > 0
      ? { frequency: undefined, symbols: undesired.slice(0, symbolsMax) }
      : undefined;
  }

  #nextToAsk(symbolsMax: number, noRoom: (symbol: string) => void): Batch | undefined {
    const symbols: string[] = [];
    let shared: number | undefined;
    let room = this.#room();
    for (const symbol of this.#due) {
      const frequency = this.#desires.interestIn(symbol)?.frequency;
      const isNew = !takesRoom(this.#requested.get(symbol));
      if (isNew && room <= 0) this.#putOff(symbol, noRoom);
      else if (frequency === (shared ?? frequency)) {
        shared = frequency;
        symbols.push(symbol);
        if (isNew) room--;
        if (symbols.length === symbolsMax) break;
      }
    }
    return shared === undefined ? undefined : { frequency: shared, symbols };
  }

  #putOff(symbol: string, noRoom: (symbol: string) => void): void {
    this.#due.delete(symbol);
    if (this.#waiting.has(symbol)) return;
    this.#waiting.add(symbol);
    noRoom(symbol);
  }
}

/** The number of no interest that there is. */
const nobodys = 0;

/** The hub works in order: what is being let go leaves its room to what is asked for after it. */
function takesRoom(requested: Requested | undefined): boolean {
  return requested !== undefined && (requested.interest !== undefined || requested.outcome === 'outdated');
}

function isSettled(interest: Interest | undefined, requested: Requested | undefined): boolean {
  if (requested === undefined) return interest === undefined;
  return requested.outcome === 'granted' && isSame(interest, requested.interest);
}

function isSame(one: Interest | undefined, other: Interest | undefined): boolean {
  return one?.number === other?.number && one?.frequency === other?.frequency;
}
