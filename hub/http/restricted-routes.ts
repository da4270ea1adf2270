import type { Authenticator, Identity } from '#hub/auth/authenticator.ts';
import { guarded } from '#hub/auth/http-guard.ts';
import { type SourceList, shownSources } from '#hub/liveness/source-list.ts';
import type { SymbolList } from '#hub/requests/symbol-list.ts';
import { type HttpAnswer, jsonAnswer, jsonBytes } from '#runtime/http/answer.ts';
import { isAuthorised } from '#runtime/http/bearer.ts';
import { cachedForAll, uncached } from '#runtime/http/caching.ts';
import { type HttpHeader, type HttpRequest, headerOf } from '#runtime/http/request.ts';
import { retryAfter } from '#runtime/http/retry-after.ts';
import type { Route } from '#runtime/http/route.ts';

/** What the endpoints read that ask for a token. */
export interface RestrictedRoutesDeps {
  readonly authenticator: Authenticator;
  readonly sources: SourceList;
  readonly symbols: Pick<SymbolList, 'countsFor' | 'times'>;
  /** Undefined: nobody is an operator. */
  readonly operatorToken: string | undefined;
  /** The state of the hub; beyond `status` and `node` it is for operators. */
  readonly health: () => Health;
  /** 0 … 1 */
  readonly random: () => number;
}

/** What `GET /health` answers. */
export interface Health extends Readonly<Record<string, unknown>> {
  /** `ok`, or why the hub should get no new clients. */
  readonly status: string;
  readonly node: string;
}

/**
 * What the hub tells of itself and of the sources: all of it to operators, and to everybody at a hub that lets everybody in
 * and knows no operators. Others get of the sources those of which they may have a symbol, without the names of
 * processes and hosts, problems and counts; and of the hub whether it serves.
 */
export function restrictedRoutes(deps: RestrictedRoutesDeps): readonly Route[] {
  const { authenticator, operatorToken, health } = deps;
  const mayKnowAll = (request: HttpRequest): boolean =>
    operatorToken === undefined
      ? authenticator.anonymous !== undefined
      : isAuthorised(headerOf(request, 'authorization'), operatorToken);
  const forClients = guarded(authenticator, (identity) => sourcesFor(identity, deps));
  return [
    {
      ...{ method: 'GET', path: '/health' },
      handle(request) {
        const { status, node, ...rest } = health();
        return jsonAnswer(200, { status, node, ...(mayKnowAll(request) && rest) }, [uncached]);
      },
    },
    {
      ...{ method: 'GET', path: '/sources', times: () => deps.symbols.times },
      handle: (request, parameters) =>
        mayKnowAll(request) ? allSources(deps) : forClients(request, parameters),
    },
  ];
}

async function allSources(deps: RestrictedRoutesDeps): Promise<HttpAnswer> {
  const read = await deps.sources.read();
  if (read === undefined) return away();
  return jsonBytes(200, read.whole, [deps.operatorToken === undefined ? cachingOf(deps) : uncached]);
}

async function sourcesFor(identity: Identity, deps: RestrictedRoutesDeps): Promise<HttpAnswer> {
  const [read, counts] = await Promise.all([deps.sources.read(), deps.symbols.countsFor(identity)]);
  if (read === undefined) return away();
  if (counts !== undefined)
    return jsonAnswer(200, { sources: shownSources(read.statuses, counts) }, [cachingOf(deps)]);
  const error = 'Your list of sources is being made, or too many others; ask for one at a time, later';
  return jsonAnswer(429, { error }, [['Retry-After', retryAfter(deps.random)]]);
}

function away(): HttpAnswer {
  const error = 'The sources can not be read just now; try again in a few seconds';
  return jsonAnswer(503, { error }, [uncached]);
}

/** What a token is needed for is nothing for a cache between. */
function cachingOf({ authenticator }: RestrictedRoutesDeps): HttpHeader {
  return authenticator.anonymous === undefined ? uncached : cachedForAll;
}
