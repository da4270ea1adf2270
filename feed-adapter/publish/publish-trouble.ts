import type { FanoutErrorCode } from '#fanout/ports.ts';
import type { Logger } from '#runtime/logger.ts';

/** What is wrong with publishing, logged when it begins and when it ends, and not in between. */
export interface PublishTrouble {
  /** One group's batch fails; others may go on, as in a cluster with one shard away. */
  failing(code: FanoutErrorCode, waiting: number): void;
  recovered(waiting: number): void;
  dropped(ticks: number, waiting: number): void;
  /** All is published. */
  emptied(): void;
  /** Why publishing fails; undefined when no group fails. */
  code(): FanoutErrorCode | undefined;
}

/** Logs that publishing fails, and that it works again, once each. */
export function createPublishTrouble(source: string, log: Logger): PublishTrouble {
  let latest: FanoutErrorCode | undefined;
  let failingGroups = 0;
  /** Ticks dropped since the queue was last empty. */
  let lost = 0;
  return {
    failing(code, waiting) {
      if (failingGroups === 0) log.warn({ source, code, waiting }, 'publishing fails, trying on');
      failingGroups++;
      latest = code;
    },
    recovered(waiting) {
      failingGroups--;
      if (failingGroups === 0) log.info({ source, waiting }, 'publishing again');
    },
    dropped(ticks, waiting) {
      if (lost === 0) log.warn({ source, dropped: ticks, waiting }, 'queue full, older ticks are dropped');
      lost += ticks;
    },
    emptied() {
      if (lost > 0) log.warn({ source, dropped: lost }, 'queue empty again, ticks were dropped');
      lost = 0;
    },
    code: () => (failingGroups > 0 ? latest : undefined),
  };
}
