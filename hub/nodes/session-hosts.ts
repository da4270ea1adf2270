import { isIPv6 } from 'node:net';

/** Whether clients may be sent to a socket's address, with a ticket in its query. */
export type MayNameSocket = (socketUrl: string) => boolean;

/** A `ws:` or `wss:` address to which a query can be added, and in which nobody's password stands. */
export const socketUrlPattern = /^wss?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/;

/** A host name, an IP address, or `*.` and a domain: all hosts below it. */
export const sessionHostPattern = /^(\*\.)?[0-9A-Za-z]([0-9A-Za-z.-]{0,251}[0-9A-Za-z])?$|^[0-9A-Fa-f:.]+$/;

/**
 * A registered hub says where its sockets are; a client goes there with a ticket that opens everything that the client
 * may have. So it is sent to hosts that are configured, and to no others.
 * @param hosts as `sessionHostPattern` has them; whatever the port
 */
export function createSessionHosts(hosts: readonly string[]): MayNameSocket {
  const exact = new Set(hosts.filter((host) => !host.startsWith('*.')).map(normalised));
  const domains = hosts.filter((host) => host.startsWith('*.')).map((host) => host.slice(1).toLowerCase());
  return (socketUrl) => {
    const host = hostOf(socketUrl);
    if (host === undefined) return false;
    return exact.has(host) || domains.some((domain) => host.endsWith(domain) && host.length > domain.length);
  };
}

/** As `URL` writes it; undefined when the text is no address of a socket. */
export function hostOf(socketUrl: string): string | undefined {
  if (!socketUrlPattern.test(socketUrl) || !URL.canParse(socketUrl)) return undefined;
  return new URL(socketUrl).hostname;
}

function normalised(host: string): string {
  return hostOf(`ws://${isIPv6(host) ? `[${host}]` : host}`) ?? host;
}
