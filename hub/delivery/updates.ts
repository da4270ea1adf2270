import type { DelayMinutes } from '#hub/symbols/delay-classes.ts';
import type { ReplayWindow } from '#hub/symbols/replay-window.ts';
import type { SymbolFeed } from '#hub/symbols/symbol-feed.ts';
import type { FrequencyClassMs } from '#protocol/frequency.ts';
import type {
  PriceUpdate,
  PriceUpdateMessage,
  ResetMessage,
  ResetReason,
  SubscribedMessage,
} from '#protocol/messages.ts';
import { formatPosition, type Position } from '#protocol/position.ts';
import { toPriceUpdate } from '#protocol/price-update.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Shown } from './frequency-windows.ts';

/** The newest price, as a first answer; undefined before the first update. */
export function snapshotOf(log: ReplayWindow): PriceUpdate | undefined {
  const { newest } = log;
  return newest && { ...toPriceUpdate(newest, log.last), snapshot: true };
}

export function updateMessage(symbol: StockSymbol, update: PriceUpdate): PriceUpdateMessage {
  return { type: 'price_update', data: { [symbol]: update } };
}

/** The same of what somebody may be shown. */
export function snapshotOfShown({ tick, seq }: Shown): PriceUpdate {
  return { ...toPriceUpdate(tick, seq), snapshot: true };
}

/** @param position of the snapshot that follows */
export function resetMessage(
  feed: SymbolFeed,
  reason: ResetReason,
  position: Position | undefined = feed.window.position,
): ResetMessage {
  return {
    type: 'reset',
    symbol: feed.symbol,
    reason,
    ...(position !== undefined && { position: formatPosition(position) }),
  };
}

/** What holders of a symbol that had no update are told of its first one, which has the position of the log. */
export function begunMessage(
  { symbol, window, delayedMinutes }: SymbolFeed,
  classMs: FrequencyClassMs,
): SubscribedMessage {
  const position = window.position && formatPosition(window.position);
  return {
    type: 'subscribed',
    symbols: { [symbol]: { ...(position !== undefined && { position }), begins: true } },
    ...servedAs(classMs, delayedMinutes),
  };
}

/** How often and how late a client gets what it asked for, as `subscribed` says it. */
export function servedAs(
  classMs: FrequencyClassMs,
  delayedMinutes: DelayMinutes,
): Pick<SubscribedMessage, 'frequency' | 'delayed_minutes'> {
  return {
    ...(classMs > 0 && { frequency: classMs }),
    ...(delayedMinutes > 0 && { delayed_minutes: delayedMinutes }),
  };
}
