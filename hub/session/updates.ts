import type { Shown } from '#hub/delivery/frequency-windows.ts';
import type { DelayMinutes } from '#hub/symbols/delay/delay-classes.ts';
import type { TailLog } from '#hub/symbols/replay-window.ts';
import type { SymbolTail } from '#hub/symbols/symbol-feed.ts';
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

/** The newest price, as a first answer; undefined before the first update. */
export function snapshotOf(log: TailLog): PriceUpdate | undefined {
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
  tail: SymbolTail,
  reason: ResetReason,
  position: Position | undefined = tail.log.position,
): ResetMessage {
  return {
    type: 'reset',
    symbol: tail.symbol,
    reason,
    ...(position !== undefined && { position: formatPosition(position) }),
  };
}

/** What holders of a symbol that had no update are told of its first one, which has the position of the log. */
export function begunMessage(
  { symbol, log, delayedMinutes }: SymbolTail,
  classMs: FrequencyClassMs,
): SubscribedMessage {
  const position = log.position && formatPosition(log.position);
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
