import type { ReplayWindow } from '#hub/symbols/replay-window.ts';
import type { ResetReason } from '#protocol/messages.ts';
import type { Position } from '#protocol/position.ts';

/**
 * How a client that holds everything up to a position can go on: `continue` with what it missed, after a look
 * further back in the history or further ahead, or only from a new snapshot, for the reason named.
 */
export type Resume = 'continue' | 'reach_back' | 'reach_ahead' | ResetReason;

export function judgeResume(log: ReplayWindow, since: Position): Resume {
  if (isAhead(log, since)) return 'reach_ahead';
  if (since.epoch !== log.epoch) return 'epoch_changed';
  if (log.follows(since.seq)) return 'continue';
  return log.floor ?? 'reach_back';
}

/** The judgement when all that can be read has been read. */
export function judgeFinally(log: ReplayWindow, since: Position): 'continue' | ResetReason {
  const resume = judgeResume(log, since);
  if (resume === 'reach_back') return 'history_trimmed'; // was reached, but other symbols were waited for
  if (resume !== 'reach_ahead') return resume;
  // From the future: the history lost what the client has.
  return since.epoch === log.epoch ? 'history_unavailable' : 'epoch_changed';
}

/** The client has something that this hub has not: another hub, a moment faster, may have sent it. */
export function isAhead(log: ReplayWindow, since: Position): boolean {
  return since.epoch === log.epoch ? since.seq > log.last : since.epoch > log.epoch;
}

export function needsReading(resume: Resume): resume is 'reach_back' | 'reach_ahead' {
  return resume === 'reach_back' || resume === 'reach_ahead';
}
