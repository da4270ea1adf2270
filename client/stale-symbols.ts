import type { StaleCause } from './stale-notices.ts';

/** Who hears that symbols have become stale, or fresh again. */
export interface StaleSymbolsDeps {
  readonly stale: (symbols: readonly string[], cause: StaleCause) => void;
  readonly fresh: (symbols: readonly string[]) => void;
}

/** Which of the client's symbols are stale, whichever connection said so; reports changes. */
export class StaleSymbols {
  readonly #deps: StaleSymbolsDeps;
  readonly #stale = new Map<string, StaleCause>();
  #causeOf: (symbol: string) => StaleCause | undefined = () => undefined;

  constructor(deps: StaleSymbolsDeps) {
    this.#deps = deps;
  }

  has(symbol: string): boolean {
    return this.#stale.has(symbol);
  }

  /** From now on `causeOf` decides. */
  causesChanged(causeOf: (symbol: string) => StaleCause | undefined, symbols: Iterable<string>): void {
    this.#causeOf = causeOf;
    this.check(symbols);
  }

  /** Reports these symbols where they became stale or fresh; they may be new. */
  check(symbols: Iterable<string>): void {
    const begun = new Map<StaleCause, string[]>();
    const ended: string[] = [];
    for (const symbol of symbols) {
      const before = this.#stale.get(symbol);
      const cause = this.#causeOf(symbol);
      if (cause === before) continue;
      if (cause === undefined) {
        this.#stale.delete(symbol);
        ended.push(symbol);
      } else {
        this.#stale.set(symbol, cause);
        if (before?.reason === cause.reason && before.source === cause.source) continue;
        const group = begun.get(cause);
        if (group === undefined) begun.set(cause, [symbol]);
        else group.push(symbol);
      }
    }
    for (const [cause, group] of begun) this.#deps.stale(group, cause);
    if (ended.length > 0) this.#deps.fresh(ended);
  }

  forget(symbol: string): void {
    this.#stale.delete(symbol);
  }
}
