import type { HistoryEntry } from '#fanout/ports.ts';
import { encodeTick } from '#protocol/tick-payload.ts';

/** A tick that is not applied where it came from. */
export interface Arrived {
  readonly payload: Uint8Array;
  readonly epoch: number;
  readonly seq: number;
}

/** An entry that was read from the history, as if it had come in live. */
export function arrivedOf({ tick, position }: HistoryEntry): Arrived {
  return { payload: encodeTick(tick), ...position };
}

/** What clients are told of a tick with which their symbol begins anew. */
export const restartReasons = { new_epoch: 'epoch_changed', gave_up: 'history_unavailable' } as const;
