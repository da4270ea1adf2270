import type { ResetReason } from '#protocol/messages.ts';
import type { Position } from '#protocol/position.ts';
import type { TailLog } from './tail-log.ts';

/**
 * How a client that holds everything up to a position can go on: `continue` with what it missed,
 * after a look further back in the history, or only from a new snapshot, for the reason named.
 */
export type Resume = 'continue' | 'reach_back' | ResetReason;

export function judgeResume(log: TailLog, since: Position): Resume {
  if (since.epoch !== log.epoch) return 'epoch_changed';
  if (since.seq > log.last) return 'history_unavailable'; // from the future: the history lost what the client has
  if (since.seq + 1 >= log.first) return 'continue';
  return log.floor ?? 'reach_back';
}
