import { type HttpAnswer, jsonAnswer, refusal } from '#runtime/http/answer.ts';
import { type HttpRequest, headerOf } from '#runtime/http/request.ts';
import type { Handler } from '#runtime/http/route.ts';
import type { Authenticator, Identity } from './authenticator.ts';
import { bearerToken } from './credentials.ts';

/** Serves an HTTP request of a known client. */
export type ServeIdentified = (identity: Identity, request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

/** A handler that has `serve` done for who shows a token in the header `Authorization`, where the hub wants one. */
export function guarded(authenticator: Authenticator, serve: ServeIdentified): Handler {
  const { anonymous } = authenticator;
  if (anonymous !== undefined) return (request) => serve(anonymous, request);
  return async (request) => {
    const token = bearerToken(headerOf(request, 'authorization'));
    if (token === undefined) return refusal(401, 'Show a token: Authorization: Bearer …', challenge);
    const verdict = await authenticator.verify(token);
    if (verdict.ok) return serve(verdict.identity, request);
    if (verdict.code === 'unavailable') return jsonAnswer(503, { error: verdict.problem }, challenge);
    return refusal(401, verdict.problem, challenge);
  };
}

const challenge = [['WWW-Authenticate', 'Bearer']] as const;
