import { type HttpAnswer, jsonAnswer } from '#runtime/http/answer.ts';
import { type HttpRequest, headerOf } from '#runtime/http/request.ts';
import type { Handler } from '#runtime/http/route.ts';
import type { Authenticator, Identity, Verdict } from './authenticator.ts';
import { bearerToken } from './shown.ts';

/** Serves an HTTP request of a known client. */
export type ServeIdentified = (identity: Identity, request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

/** A handler that has `serve` done for who shows a token in the header `Authorization`, where the hub wants one. */
export function guarded(authenticator: Authenticator, serve: ServeIdentified): Handler {
  const { anonymous } = authenticator;
  if (anonymous !== undefined) return (request) => serve(anonymous, request);
  return async (request) => {
    const token = bearerToken(headerOf(request, 'authorization'));
    if (token === undefined)
      return jsonAnswer(401, { error: 'Show a token: Authorization: Bearer …' }, challenge);
    const verdict = await authenticator.verify(token);
    if (verdict.ok) return serve(verdict.identity, request);
    return jsonAnswer(statusOf(verdict), { error: verdict.problem }, challenge);
  };
}

const challenge = [['WWW-Authenticate', 'Bearer']] as const;

function statusOf({ code }: Extract<Verdict, { ok: false }>): number {
  return code === 'unavailable' ? 503 : 401;
}
