import type { ServeIdentified } from '#hub/auth/http-guard.ts';
import { jsonAnswer, refusal } from '#runtime/http/answer.ts';
import { uncached } from '#runtime/http/caching.ts';
import { retryAfter } from '#runtime/http/retry-after.ts';
import type { Tickets } from './tickets.ts';

/** What opens sessions, and the chance that spreads clients who have to wait. */
export interface SessionRouteDeps {
  readonly tickets: Pick<Tickets, 'open'>;
  /** 0 … 1 */
  readonly random: () => number;
}

/** Answers `POST /session`. Nothing is asked for in its body: what many HTTP libraries send of themselves is read and left. */
export function createSessionRoute({ tickets, random }: SessionRouteDeps): ServeIdentified {
  return async (identity, request) => {
    const { state } = await request.body();
    if (state === 'too_large') return refusal(413, 'Send no body, or a small one: nothing is read of it');
    if (state === 'late') return refusal(408, 'The body did not arrive in time');
    const opened = await tickets.open(identity);
    if (!opened.ok)
      return jsonAnswer(503, { error: opened.problem }, [uncached, ['Retry-After', retryAfter(random)]]);
    const { websocketUrl, expiresAt } = opened;
    const body = { websocket_url: websocketUrl, expires_at: new Date(expiresAt).toISOString() };
    return jsonAnswer(200, body, [uncached]);
  };
}
