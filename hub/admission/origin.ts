import type { CorsRules } from '#runtime/http/cors.ts';
import type { KnownHosts } from '#runtime/http/known-hosts.ts';
import { headerOf } from '#runtime/http/request.ts';

/** Which web pages may use the hub, beside its own: exact origins, or `*` for all. */
export type Origins = readonly string[];

/** Which web pages may use the hub: those of other origins that are allowed, and the hub's own. */
export interface OriginRules {
  readonly origins: Origins;
  /** The names by which the hub's own pages may be reached. */
  readonly knownHost: KnownHosts;
  /** The hub itself speaks TLS, so that its own pages come by https only. */
  readonly secure: boolean;
}

/**
 * Whether a page with this `Origin` may use the hub. Browsers always send it with a handshake and pages can not change
 * it; who sends none is no browser and has no visitor whose network or cookies it could abuse.
 * @param host the `Host` header
 */
export function allowsOrigin(origin: string, host: string, rules: OriginRules): boolean {
  if (origin === '') return true;
  const { origins, knownHost, secure } = rules;
  if (origins.includes('*') || origins.includes(origin)) return true;
  if (host === '' || !knownHost(host)) return false;
  return origin === `https://${host}` || (!secure && origin === `http://${host}`);
}

/** Which pages of other origins may read what the hub answers; the registry of nodes is for no page. */
export function corsRules(rules: OriginRules): CorsRules {
  const { origins } = rules;
  return {
    allowsAll: origins.includes('*'),
    allows: (request, origin) =>
      !request.path.startsWith('/services/') && allowsOrigin(origin, headerOf(request, 'host'), rules),
  };
}
