import type { Session } from '#hub/session/session.ts';
import type { SessionBarrier } from '#hub/session/session-barrier.ts';
import { closeCodes } from '#protocol/close-codes.ts';

/** How long a drain takes, in ms. */
export interface DrainLimits {
  /** The sockets' reconnects are spread over so much time. */
  readonly drainWindowMs: number;
  /** How long an old socket still works after its client was due to reconnect. */
  readonly handOverMs: number;
}

/** The sockets that are sent away, and the chance that spreads them. */
export interface DrainDeps {
  readonly sessions: ReadonlySet<Session>;
  readonly barrier: Pick<SessionBarrier, 'run'>;
  /** 0 … 1 */
  readonly random: () => number;
}

/**
 * Sends every client elsewhere: a `goodbye` with a delay of its own, so that they do not all come to the
 * other nodes at once, and after the window a close for those that are still there.
 * Resolves when no socket is left; at the latest after the window and the hand-over.
 */
export async function drainSessions(deps: DrainDeps, limits: DrainLimits): Promise<void> {
  const { sessions, barrier, random } = deps;
  const { drainWindowMs, handOverMs } = limits;
  for (const session of sessions) {
    const reconnectAfterMs = Math.floor(random() * drainWindowMs);
    barrier.run(session, () =>
      session.answer({ type: 'goodbye', reason: 'drain', reconnect_after_ms: reconnectAfterMs }),
    );
  }
  await emptied(sessions, drainWindowMs + handOverMs);
  for (const session of [...sessions]) session.end(closeCodes.drain, 'drain');
}

function emptied(sessions: ReadonlySet<Session>, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearInterval(poll);
      clearTimeout(timer);
      resolve();
    };
    const poll = setInterval(() => {
      if (sessions.size === 0) finish();
    }, 50);
    const timer = setTimeout(finish, timeoutMs);
  });
}
