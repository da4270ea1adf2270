import type { Update } from './update.ts';

/** Somebody who wants updates of symbols. */
export interface Recipient {
  readonly symbols: ReadonlySet<string>;
  /** Milliseconds between updates of a symbol; 0 = every one. */
  readonly frequency: number;
  take(update: Update): void;
}

interface Wished {
  /** Replaced, not changed: somebody may come or go while an update is handed round. */
  recipients: readonly Recipient[];
  /** For those who come later; undefined before the first update. */
  newest: Update | undefined;
}

/** Who wants which symbols. A symbol is asked for once, at the pace of whoever wants it fastest; all of them get it. */
export class WishedSymbols {
  readonly #wished = new Map<string, Wished>();

  add(recipient: Recipient): void {
    for (const symbol of recipient.symbols) {
      const wished = this.#wished.get(symbol);
      if (wished === undefined) this.#wished.set(symbol, { recipients: [recipient], newest: undefined });
      else wished.recipients = [...wished.recipients, recipient];
    }
  }

  /** Returns the symbols that nobody wants any more. */
  remove(recipient: Recipient): readonly string[] {
    const unwanted: string[] = [];
    for (const symbol of recipient.symbols) {
      const wished = this.#wished.get(symbol);
      if (wished === undefined) continue;
      wished.recipients = wished.recipients.filter((other) => other !== recipient);
      if (wished.recipients.length > 0) continue;
      this.#wished.delete(symbol);
      unwanted.push(symbol);
    }
    return unwanted;
  }

  symbols(): Iterable<string> {
    return this.#wished.keys();
  }

  frequencyOf(symbol: string): number | undefined {
    const wished = this.#wished.get(symbol);
    if (wished === undefined) return undefined;
    let fastest = Number.POSITIVE_INFINITY;
    for (const { frequency } of wished.recipients) fastest = Math.min(fastest, frequency);
    return fastest;
  }

  newestOf(symbol: string): Update | undefined {
    return this.#wished.get(symbol)?.newest;
  }

  deliver(update: Update): void {
    const wished = this.#wished.get(update.symbol);
    if (wished === undefined) return;
    wished.newest = update;
    for (const recipient of wished.recipients) recipient.take(update);
  }
}
