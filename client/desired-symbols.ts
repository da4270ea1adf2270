import type { Update } from './update.ts';

/** Somebody who wants updates of symbols. */
export interface Recipient {
  readonly symbols: ReadonlySet<string>;
  /** Milliseconds between updates of a symbol; 0 = every one. */
  readonly frequency: number;
  take(update: Update): void;
}

/** That a symbol is wanted, and how often. */
export interface Interest {
  /** From 1; another one each time that a symbol is wanted after nobody wanted it: nothing is held of it then. */
  readonly number: number;
  /** Milliseconds between updates, as whoever wants it fastest asked; 0 = every one. */
  readonly frequency: number;
}

interface Desired {
  readonly number: number;
  /** Replaced, not changed: somebody may come or go while an update is handed round. */
  recipients: readonly Recipient[];
  /** For those who come later; undefined before the first update. */
  newest: Update | undefined;
}

/** Who wants which symbols. A symbol is asked for once, at the frequency of whoever wants it most often; all of them get it. */
export class DesiredSymbols {
  readonly #desired = new Map<string, Desired>();
  #interests = 0;

  add(recipient: Recipient): void {
    for (const symbol of recipient.symbols) {
      const desired = this.#desired.get(symbol);
      if (desired !== undefined) desired.recipients = [...desired.recipients, recipient];
      else
        this.#desired.set(symbol, { number: ++this.#interests, recipients: [recipient], newest: undefined });
    }
  }

  /** Whoever comes before `forgetUndesired` finds the symbols as they were. */
  remove(recipient: Recipient): void {
    for (const symbol of recipient.symbols) {
      const desired = this.#desired.get(symbol);
      if (desired !== undefined)
        desired.recipients = desired.recipients.filter((other) => other !== recipient);
    }
  }

  /** Forgets those of the symbols that nobody wants any more, and returns them. */
  forgetUndesired(symbols: Iterable<string>): readonly string[] {
    const undesired: string[] = [];
    for (const symbol of symbols) {
      if (this.#desired.get(symbol)?.recipients.length !== 0) continue;
      this.#desired.delete(symbol);
      undesired.push(symbol);
    }
    return undesired;
  }

  /** Those that somebody wants. */
  *symbols(): Iterable<string> {
    for (const [symbol, { recipients }] of this.#desired) if (recipients.length > 0) yield symbol;
  }

  /** Undefined: nobody wants the symbol (any more). */
  interestIn(symbol: string): Interest | undefined {
    const desired = this.#desired.get(symbol);
    if (desired === undefined || desired.recipients.length === 0) return undefined;
    let frequency = Number.POSITIVE_INFINITY;
    for (const recipient of desired.recipients) frequency = Math.min(frequency, recipient.frequency);
    return { number: desired.number, frequency };
  }

  newestOf(symbol: string): Update | undefined {
    return this.#desired.get(symbol)?.newest;
  }

  /** Hands the update to all who want it; false when nobody does. */
  deliver(update: Update): boolean {
    const desired = this.#desired.get(update.symbol);
    if (desired === undefined) return false;
    desired.newest = update;
    for (const recipient of desired.recipients) recipient.take(update);
    return desired.recipients.length > 0;
  }
}
