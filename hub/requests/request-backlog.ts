import type { TimeShare } from '#hub/recovery/time-share.ts';

export interface RequestBacklogDeps {
  /** What requests may take of a round of the event loop. */
  readonly time: TimeShare;
  /** Calls back in the next round of the event loop; `setImmediate`. */
  readonly nextRound: (go: () => void) => void;
}

/**
 * Does the work of requests in the order in which they come, but never so much in a row that live updates wait:
 * ten thousand clients of a dead hub subscribe within seconds, at 0.2 ms each. The queue is as long as
 * requests may wait, each socket has at most `requestsWaitingMax`.
 */
export interface RequestBacklog {
  /** Does the work now, or returns a promise of when it is done. */
  run(work: () => Promise<void> | undefined): Promise<void> | undefined;
}

export function createRequestBacklog({ time, nextRound }: RequestBacklogDeps): RequestBacklog {
  let waiting: (() => void)[] = [];
  let inRound = false;

  const beginRound = (): void => {
    if (inRound) return;
    inRound = true;
    nextRound(() => {
      inRound = false;
      time.begin();
      if (waiting.length === 0) return;
      beginRound();
      serve();
    });
  };

  const serve = (): void => {
    let served = 0;
    for (const work of waiting) {
      if (time.over) break;
      time.spend(work);
      served++;
    }
    waiting = waiting.slice(served);
  };

  return {
    run(work) {
      beginRound();
      if (waiting.length === 0 && !time.over) return time.spend(work);
      return new Promise((resolve) => {
        waiting.push(() => resolve(work()));
      });
    },
  };
}
