import type uWS from 'uWebSockets.js';
import type { Authenticator, Identity, Verdict } from './authenticator.ts';
import { bearerToken } from './shown.ts';

/** Serves an HTTP request of a known client. `response` may be used at once, and only then. */
export type ServeIdentified = (response: uWS.HttpResponse, identity: Identity) => void;

/** Answers a request that is not served. */
export type RefuseRequest = (
  response: uWS.HttpResponse,
  status: string,
  problem: string,
  headers: readonly (readonly [string, string])[],
) => void;

/** A handler that has `serve` done for who shows a token in the header `Authorization`, where the hub wants one. */
export function guarded(authenticator: Authenticator, serve: ServeIdentified, refuse: RefuseRequest) {
  const { anonymous } = authenticator;
  return (response: uWS.HttpResponse, request: uWS.HttpRequest): void => {
    if (anonymous !== undefined) {
      serve(response, anonymous);
      return;
    }
    const token = bearerToken(request.getHeader('authorization')); // before any wait: the request is gone then
    if (token === undefined) {
      refuse(response, '401 Unauthorized', 'Show a token: Authorization: Bearer …', challenge);
      return;
    }
    let aborted = false;
    response.onAborted(() => {
      aborted = true;
    });
    void authenticator.verify(token).then((verdict) => {
      if (aborted) return;
      if (verdict.ok) serve(response, verdict.identity);
      else refuse(response, statusOf(verdict), verdict.problem, challenge);
    });
  };
}

const challenge = [['WWW-Authenticate', 'Bearer']] as const;

function statusOf({ code }: Extract<Verdict, { ok: false }>): string {
  return code === 'unavailable' ? '503 Service Unavailable' : '401 Unauthorized';
}
