import type { ServeIdentified } from '../auth/http-guard.ts';
import { answerLater, sendJson, uncached } from '../http-answers.ts';
import { retryAfter } from '../retry-after.ts';
import type { TicketDesk } from './ticket-desk.ts';

export interface SessionRouteDeps {
  readonly desk: Pick<TicketDesk, 'open'>;
  /** 0 … 1 */
  readonly random: () => number;
  /** Hears how the request was answered, e.g. `200 OK`. */
  readonly answered: (status: string) => void;
}

/** Answers `POST /session`. */
export function createSessionRoute({ desk, random, answered }: SessionRouteDeps): ServeIdentified {
  return (response, identity) =>
    answerLater(response, desk.open(identity), (opened) => {
      if (!opened.ok) {
        const again = ['Retry-After', retryAfter(random)] as const;
        sendJson(response, '503 Service Unavailable', { error: opened.problem }, [uncached, again]);
        answered('503 Service Unavailable');
        return;
      }
      const { websocketUrl, expiresAt } = opened;
      const body = { websocket_url: websocketUrl, expires_at: new Date(expiresAt).toISOString() };
      sendJson(response, '200 OK', body, [uncached]);
      answered('200 OK');
    });
}
