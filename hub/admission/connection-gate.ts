import type { HubCounts } from '#hub/counts.ts';
import { createConnectionRate } from './connection-rate.ts';
import { limitKeyOf, type Networks } from './network-address.ts';

/** How many connections may be open that are no sockets, at the hub and from one address. */
export interface ConnectionGateLimits {
  /** Connections that are no sockets: they have yet to ask, or ask by HTTP. */
  readonly httpConnectionsMax: number;
  /** Of one address, those that have yet to ask; those of trusted proxies are not counted by address. */
  readonly silentPerAddressMax: number;
  /** TLS handshakes of one address, in the long run; at once it may have four seconds' worth. */
  readonly connectionsPerSecond: number;
  /** Addresses that are remembered. */
  readonly rateAddressesMax: number;
}

/** Counts connections from their first packet on: who never asks for anything is counted by nobody else. */
export interface ConnectionGate {
  /** One more came; whether it may stay. It is counted either way, until `closed`. */
  opened(peer: string): boolean;
  /** A connection from there has asked. */
  asked(peer: string): void;
  /** One was closed, or became a socket. */
  closed(): void;
}

/** What tells whose a connection is, and counts those that are refused. */
export interface ConnectionGateDeps {
  readonly counts: Pick<HubCounts, 'refusedConnections'>;
  readonly trustedProxies: Networks;
  /** A connection begins with a TLS handshake, which costs some hundred times as much as an answer. */
  readonly secure: boolean;
  /** ms of a clock that never goes back. */
  readonly now: () => number;
}

/** Every listener has ended a connection by then that did not ask. */
const silentMs = 12_000;

/** Limits connections by address, except those of trusted proxies, which count for the hub alone. */
export function createConnectionGate(deps: ConnectionGateDeps, limits: ConnectionGateLimits): ConnectionGate {
  const { trustedProxies, secure, now, counts } = deps;
  const handshakes = createConnectionRate(now, limits);
  /** When those came that have not asked, by address, the oldest first; the addresses in the order of their latest. */
  const silent = new Map<string, number[]>();
  let open = 0;

  /** Those that may still be there. */
  const silentOf = (key: string): number[] => {
    const times = silent.get(key) ?? [];
    const from = now() - silentMs;
    while ((times[0] ?? from) < from) times.shift();
    return times;
  };

  const refusalOf = (peer: string): keyof HubCounts['refusedConnections'] | undefined => {
    if (open > limits.httpConnectionsMax) return 'node_limit';
    if (trustedProxies.has(peer)) return undefined;
    const key = limitKeyOf(peer);
    if (secure && !handshakes.allows(key)) return 'address_rate';
    const times = silentOf(key);
    if (times.length >= limits.silentPerAddressMax) return 'address_limit';
    times.push(now());
    silent.delete(key);
    silent.set(key, times);
    const [oldest] = silent.keys();
    if (silent.size > limits.rateAddressesMax && oldest !== undefined) silent.delete(oldest);
    return undefined;
  };

  return {
    opened(peer) {
      open++;
      const refusal = refusalOf(peer);
      if (refusal !== undefined) counts.refusedConnections[refusal]++;
      return refusal === undefined;
    },
    asked(peer) {
      const key = limitKeyOf(peer);
      const times = silent.get(key);
      times?.shift();
      if (times?.length === 0) silent.delete(key);
    },
    closed() {
      open--;
    },
  };
}
