/** Which web pages may open sockets: exact origins, `*` for all, or, when there are none, those of the hub itself. */
export type Origins = readonly string[];

/**
 * Whether a handshake with this `Origin` header may go on. Browsers always send it and pages can not change it; who
 * sends none is no browser and has no visitor whose network or cookies it could abuse.
 * @param host the `Host` header
 * @param secure the hub itself speaks TLS, so that its own pages come by https only
 */
export function allowsOrigin(origin: string, host: string, origins: Origins, secure: boolean): boolean {
  if (origin === '') return true;
  if (origins.length > 0) return origins.includes('*') || origins.includes(origin);
  if (host === '') return false;
  return origin === `https://${host}` || (!secure && origin === `http://${host}`);
}
