import { jsonAnswer } from '#runtime/http/answer.ts';
import type { ServeIdentified } from '../auth/http-guard.ts';
import { uncached } from '../http-caching.ts';
import { retryAfter } from '../retry-after.ts';
import type { TicketDesk } from './ticket-desk.ts';

export interface SessionRouteDeps {
  readonly desk: Pick<TicketDesk, 'open'>;
  /** 0 … 1 */
  readonly random: () => number;
}

/** Answers `POST /session`. */
export function createSessionRoute({ desk, random }: SessionRouteDeps): ServeIdentified {
  return async (identity) => {
    const opened = await desk.open(identity);
    if (!opened.ok)
      return jsonAnswer(503, { error: opened.problem }, [uncached, ['Retry-After', retryAfter(random)]]);
    const { websocketUrl, expiresAt } = opened;
    const body = { websocket_url: websocketUrl, expires_at: new Date(expiresAt).toISOString() };
    return jsonAnswer(200, body, [uncached]);
  };
}
