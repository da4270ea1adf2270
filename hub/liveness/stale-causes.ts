import type { FreshMessage, StaleMessage, StaleReason } from '#protocol/messages.ts';
import type { StockSymbol } from '#protocol/symbol.ts';

/** Why prices stand still, and which. */
export interface StaleCause {
  readonly reason: StaleReason;
  /** With `source_stale`: the silent source. */
  readonly source?: string;
  /** No adapter has reported it since the hub began; it may have been given up for good. */
  readonly unreported?: true;
  /** Unix ms. */
  readonly since: number;
  /** Whether it is one of those; undefined: all symbols are. */
  readonly covers?: (symbol: StockSymbol) => boolean;
}

/** What a client that holds `symbols` is told of a cause; undefined: nothing, it does not concern the client. */
export function staleMessage(cause: StaleCause, symbols: Iterable<StockSymbol>): StaleMessage | undefined {
  const { covers, since } = cause;
  const message = { type: 'stale', ...nameOf(cause), since: new Date(since).toISOString() } as const;
  if (covers === undefined) return message;
  const covered = [...symbols].filter(covers);
  return covered.length > 0 ? { ...message, symbols: covered } : undefined;
}

/** What is told when a cause is over to those who were told that it began. */
export function freshMessage(cause: StaleCause): FreshMessage {
  return { type: 'fresh', ...nameOf(cause) };
}

function nameOf({ reason, source }: StaleCause): Pick<StaleCause, 'reason' | 'source'> {
  return { reason, ...(source !== undefined && { source }) };
}
