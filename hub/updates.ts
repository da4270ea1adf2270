import type { PriceUpdate, PriceUpdateMessage, ResetMessage, ResetReason } from '#protocol/messages.ts';
import { formatPosition } from '#protocol/position.ts';
import { toPriceUpdate } from '#protocol/price-update.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { SymbolTail } from './tail.ts';
import type { TailLog } from './tail-log.ts';

/** The newest price, as a first answer; undefined before the first update. */
export function snapshotOf(log: TailLog): PriceUpdate | undefined {
  const { newest } = log;
  return newest && { ...toPriceUpdate(newest, log.last), snapshot: true };
}

export function updateMessage(symbol: StockSymbol, update: PriceUpdate): PriceUpdateMessage {
  return { type: 'price_update', data: { [symbol]: update } };
}

export function resetMessage(tail: SymbolTail, reason: ResetReason): ResetMessage {
  const { position } = tail.log;
  return {
    type: 'reset',
    symbol: tail.symbol,
    reason,
    ...(position !== undefined && { position: formatPosition(position) }),
  };
}
