import type { HubCounts } from './counts.ts';

export interface AdmissionLimits {
  readonly socketsMax: number;
  readonly socketsPerAddressMax: number;
}

/** Why a new socket is not let in. */
export type Refusal = Exclude<keyof HubCounts['refusedSockets'], 'subprotocol'>;

/** Counts the sockets, in all and by network address. */
export interface Admission {
  /** Whether one more socket from `address` may come; undefined: it may, and is counted. */
  enter(address: string): Refusal | undefined;
  leave(address: string): void;
  /** Nobody is let in any more. */
  close(): void;
}

export function createAdmission(limits: AdmissionLimits): Admission {
  const byAddress = new Map<string, number>();
  let sockets = 0;
  let closed = false;
  return {
    enter(address) {
      if (closed) return 'draining';
      if (sockets >= limits.socketsMax) return 'node_limit';
      const ofAddress = byAddress.get(address) ?? 0;
      if (ofAddress >= limits.socketsPerAddressMax) return 'address_limit';
      sockets++;
      byAddress.set(address, ofAddress + 1);
      return undefined;
    },
    leave(address) {
      sockets--;
      const ofAddress = (byAddress.get(address) ?? 1) - 1;
      if (ofAddress > 0) byAddress.set(address, ofAddress);
      else byAddress.delete(address);
    },
    close() {
      closed = true;
    },
  };
}
