import type { PriceUpdate } from './messages.ts';
import { type ToldTick, tickFlags } from './tick.ts';
import { createTimestampFormat } from './timestamp.ts';

/** Highest and lowest price of several ticks that are told by one; absent or infinite when they are not known. */
export interface PriceWindow {
  readonly high?: number;
  readonly low?: number;
}

/** What a conflated update says beyond its newest tick; its window is that of all ticks that it stands for. */
export interface Conflation extends PriceWindow {
  /** First sequence number that the update stands for. */
  readonly from: number;
}

const formatTimestamp = createTimestampFormat();

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The update that tells `tick`, numbered `seq`, and all that `conflation` says it stands for. */
export function toPriceUpdate(tick: ToldTick, seq: number, conflation?: Conflation): PriceUpdate {
  const update: Mutable<PriceUpdate> = {
    price: tick.price,
    timestamp: formatTimestamp(tick.venueTime),
    seq,
  };
  if (tick.size !== undefined) update.size = tick.size;
  if (tick.bid !== undefined) update.bid = tick.bid;
  if (tick.ask !== undefined) update.ask = tick.ask;
  if (tick.volume !== undefined) update.volume = tick.volume;
  if ((tick.flags & tickFlags.halted) !== 0) update.halted = true;
  if ((tick.flags & tickFlags.suspect) !== 0) update.suspect = true;
  if ((tick.flags & tickFlags.delayed) !== 0) update.delayed = true;
  update.received = tick.receivedAt;
  const told = conflation !== undefined && conflation.from !== seq ? conflation : undefined;
  if (told !== undefined) update.from = told.from;
  addWindow(update, told ?? tick);
  return update;
}

function addWindow(update: Mutable<PriceUpdate>, { high, low }: PriceWindow): void {
  if (high !== undefined && Number.isFinite(high)) update.high = high;
  if (low !== undefined && Number.isFinite(low)) update.low = low;
}
