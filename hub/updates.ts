import type { PriceUpdate, PriceUpdateMessage, ResetMessage, ResetReason } from '#protocol/messages.ts';
import { formatPosition } from '#protocol/position.ts';
import { toPriceUpdate } from '#protocol/price-update.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';
import type { SymbolTail } from './tail.ts';
import type { TailLog } from './tail-log.ts';

/** What a conflated update says beyond its newest tick. */
export interface Conflation {
  /** First sequence number that the update stands for. */
  readonly from: number;
  /** Highest and lowest price of the window; infinite when they are not known. */
  readonly high?: number;
  readonly low?: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The update that tells `tick`, numbered `seq`, and all that `conflation` says it stands for. */
export function updateOf(tick: Tick, seq: number, conflation?: Conflation): PriceUpdate {
  const update: Mutable<PriceUpdate> = toPriceUpdate(tick, seq);
  if (conflation === undefined || conflation.from === seq) return update;
  update.from = conflation.from;
  const { high, low } = conflation;
  if (high !== undefined && Number.isFinite(high)) update.high = high;
  if (low !== undefined && Number.isFinite(low)) update.low = low;
  return update;
}

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
