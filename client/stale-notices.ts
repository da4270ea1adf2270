import type { FreshMessage, StaleMessage, StaleReason } from '#protocol/messages.ts';

/** Why the price of a symbol stands still, though the market may not. */
export interface StaleCause {
  readonly reason: StaleReason;
  /** With `source_stale`: the source that is silent. */
  readonly source?: string;
  /** The hub's clock, ISO 8601. */
  readonly since: string;
}

interface Noticed {
  readonly cause: StaleCause;
  /** Undefined: all symbols. */
  readonly symbols: Set<string> | undefined;
}

/** What one hub said, over one connection, of prices that stand still. */
export class StaleNotices {
  readonly #noticed = new Map<string, Noticed>();

  stale(message: StaleMessage): void {
    const { reason, source, since, symbols } = message;
    const before = this.#noticed.get(nameOf(message));
    const cause = before?.cause ?? { reason, ...(source !== undefined && { source }), since };
    const all = symbols && new Set([...(before?.symbols ?? []), ...symbols]);
    this.#noticed.set(nameOf(message), { cause, symbols: all });
  }

  fresh(message: FreshMessage): void {
    this.#noticed.delete(nameOf(message));
  }

  /** The symbols are not held any more: the hub says no more of them. */
  forget(symbols: readonly string[]): void {
    for (const noticed of this.#noticed.values())
      for (const symbol of symbols) noticed.symbols?.delete(symbol);
  }

  /** The same object for all symbols of a cause; undefined: the price is fresh. */
  causeOf(symbol: string): StaleCause | undefined {
    for (const { cause, symbols } of this.#noticed.values())
      if (symbols === undefined || symbols.has(symbol)) return cause;
    return undefined;
  }
}

function nameOf({ reason, source = '' }: Pick<FreshMessage, 'reason' | 'source'>): string {
  return `${reason} ${source}`;
}
