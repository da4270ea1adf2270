import type { PriceUpdate, ResetReason } from '#protocol/messages.ts';

/**
 * One symbol's update as the SDK hands it over: it stands for the sequence numbers `from` to `seq` of `epoch`,
 * and joins on to the update before it, except where `reset` is set or in a first answer (`snapshot`).
 */
export interface Update extends Omit<PriceUpdate, 'from'> {
  readonly symbol: string;
  readonly epoch: number;
  /** First sequence number that nobody has told you of before; `seq` when the update stands for itself alone. */
  readonly from: number;
  /** Set on the first update after a `reset`: what came between the last update and this one is lost, for this reason. */
  readonly reset?: ResetReason;
}

/** The newer update, standing for both where it joins on to the older one. */
export function mergeUpdates(older: Update, newer: Update): Update {
  if (newer.reset !== undefined || newer.epoch !== older.epoch || newer.from !== older.seq + 1) return newer;
  const { snapshot, ...merged } = newer;
  return {
    ...merged,
    from: older.from,
    high: Math.max(older.high ?? older.price, newer.high ?? newer.price),
    low: Math.min(older.low ?? older.price, newer.low ?? newer.price),
    ...(older.reset !== undefined && { reset: older.reset }),
    ...(snapshot && older.snapshot && { snapshot }),
  };
}
