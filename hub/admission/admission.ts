import type { HubCounts } from '#hub/counts.ts';
import { type ConnectionRateLimits, createConnectionRate } from './connection-rate.ts';
import { limitKeyOf } from './network-address.ts';

/** How many sockets, and how many new connections a second, one hub takes. */
export interface AdmissionLimits extends ConnectionRateLimits {
  readonly socketsMax: number;
  readonly socketsPerAddressMax: number;
}

/** Why a new socket is not let in. */
export type Refusal = Extract<keyof HubCounts['refusedSockets'], 'draining' | 'node_limit' | 'address_limit'>;

/** Counts the sockets, in all and by network address: an IPv4 address, or the /64 of an IPv6 address. */
export interface Admission {
  /** Whether whoever is at `address` may ask for something now; each question counts, a costly one several `times`. */
  mayAsk(address: string, times?: number): boolean;
  /** Whether one more socket from `address` may come; undefined: it may, and is counted. */
  enter(address: string): Refusal | undefined;
  leave(address: string): void;
  /** Nobody is let in any more. */
  close(): void;
}

/** @param now ms of a clock that never goes back */
export function createAdmission(now: () => number, limits: AdmissionLimits): Admission {
  const rate = createConnectionRate(now, limits);
  const byAddress = new Map<string, number>();
  let sockets = 0;
  let closed = false;
  return {
    mayAsk: (address, times) => rate.allows(limitKeyOf(address), times),
    enter(address) {
      if (closed) return 'draining';
      if (sockets >= limits.socketsMax) return 'node_limit';
      const key = limitKeyOf(address);
      const ofAddress = byAddress.get(key) ?? 0;
      if (ofAddress >= limits.socketsPerAddressMax) return 'address_limit';
      sockets++;
      byAddress.set(key, ofAddress + 1);
      return undefined;
    },
    leave(address) {
      sockets--;
      const key = limitKeyOf(address);
      const ofAddress = (byAddress.get(key) ?? 1) - 1;
      if (ofAddress > 0) byAddress.set(key, ofAddress);
      else byAddress.delete(key);
    },
    close() {
      closed = true;
    },
  };
}
