import { readFileSync } from 'node:fs';

/** As deploy/haproxy/haproxy.cfg has it: the sockets of a hub, and 2,000 for everything else. */
const connectionsUsual = 20_000;
/** HAProxy's own: listeners, checks, pipes. */
const otherFiles = 500;
/** Where nobody says how many files a process may have open, as on macOS. */
const filesUnknown = 8192;

/**
 * What GATEWAY_CONNECTIONS is on this machine: HAProxy refuses to start with more than its files allow, two for each.
 * @param limits text of /proc/self/limits; empty where there is none
 */
export function gatewayConnections(limits: string = limitsHere()): number {
  const [, hard = String(filesUnknown)] = /^Max open files\s+\S+\s+(\d+|unlimited)/m.exec(limits) ?? [];
  const files = hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
  return Math.max(1, Math.min(connectionsUsual, Math.floor((files - otherFiles) / 2)));
}

function limitsHere(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return ''; // not Linux
  }
}
