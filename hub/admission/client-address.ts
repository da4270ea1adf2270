import { isIP } from 'node:net';
import type { Networks } from './network-address.ts';

/** What is known of where a request came from. */
export interface Arrival {
  /** The other end of the connection. */
  readonly peer: string;
  /** What a PROXY protocol header said; empty without one. It is read from anybody. */
  readonly proxied: string;
  /** All `X-Forwarded-For` headers, in order, with commas between. */
  forwarded(): string;
}

/** So many characters of the header, and so many addresses in it, are looked at; from its end. */
const forwardedCharactersMax = 1024;
const hopsMax = 16;

/**
 * The client's address. What a header says counts only when a trusted proxy says it: it is read from its end, each
 * address being vouched for by the one behind it, up to the first that is not a proxy of ours.
 */
export function clientAddress(arrival: Arrival, trusted: Networks): string {
  if (trusted.empty || !trusted.has(arrival.peer)) return arrival.peer;
  let client = arrival.peer;
  const forwarded = arrival.forwarded().slice(-forwardedCharactersMax).split(',').slice(-hopsMax);
  for (const hop of [...forwarded, arrival.proxied].toReversed()) {
    const address = hop.trim();
    if (address === '') continue;
    if (isIP(address) === 0) return client;
    client = address;
    if (!trusted.has(address)) return client;
  }
  return client;
}
