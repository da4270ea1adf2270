import type { PriceUpdate } from './messages.ts';
import { type Tick, tickFlags } from './tick.ts';
import { createTimestampFormat } from './timestamp.ts';

const formatTimestamp = createTimestampFormat();

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The tick as the wire's update numbered `seq`; called for every tick, so it assigns and does not spread. */
export function toPriceUpdate(tick: Tick, seq: number): PriceUpdate {
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
  update.received = tick.receivedAt;
  return update;
}
