import type { HubCounts } from '#hub/counts.ts';
import { closeCodes } from '#protocol/close-codes.ts';
import type { Logger } from '#runtime/logger.ts';
import { createSparingLog } from '#runtime/sparing-log.ts';
import type { Session } from './session.ts';

export interface BarrierLimits {
  /** Time between two lines of the log: what one client causes, many can. */
  readonly failureLogMs: number;
}

export interface BarrierDeps {
  readonly counts: Pick<HubCounts, 'sessionFailures' | 'requestFailures'>;
  readonly log: Logger;
  /** ms of a clock that never goes back. */
  readonly now: () => number;
}

/**
 * The last barrier between a bug in the work for one socket or request and all others: what is thrown there closes that
 * socket with 4002, is counted and logged. What the hub does for all at once (publishing, timers) has none: half-done it could leave
 * out, or repeat, updates for anybody, so there a bug ends the process, and clients resume at another hub.
 */
export interface SessionBarrier {
  /** Does work for one session; its failure is the session's end. */
  run(session: Session, work: () => void): void;
  /** Work for the session has failed. */
  failed(session: Session, error: unknown): void;
  /** An HTTP request, or a handshake, could not be answered for a fault of the hub: it is answered with 500. */
  requestFailed(error: unknown): void;
}

export function createSessionBarrier(deps: BarrierDeps, limits: BarrierLimits): SessionBarrier {
  const { counts, log, now } = deps;
  const write = createSparingLog(log.error.bind(log), now, limits.failureLogMs);
  const report = (session: Session | undefined, error: unknown): void =>
    write({ session: session?.id, err: error }, 'the work for a socket or a request failed');

  const failed = (session: Session, error: unknown): void => {
    counts.sessionFailures++;
    report(session, error);
    try {
      session.end(closeCodes.internal_error, 'internal_error');
    } catch (another) {
      report(session, another); // what it held may stay, but the process goes on
    }
  };

  return {
    failed,
    requestFailed(error) {
      counts.requestFailures++;
      report(undefined, error);
    },
    run(session, work) {
      try {
        work();
      } catch (error) {
        failed(session, error);
      }
    },
  };
}
