import { isIP } from 'node:net';
import type { networkInterfaces } from 'node:os';

/**
 * The address under which others reach what listens on `host`: `host` itself where it is one, else the first of this
 * machine that others can reach, IPv4 before IPv6; on a machine without a network its own.
 */
export function advertisedAddress(host: string, interfaces: ReturnType<typeof networkInterfaces>): string {
  if (isIP(host) !== 0 && !wildcards.has(host)) return host;
  if (host === 'localhost') return '127.0.0.1';
  const external = Object.values(interfaces)
    .flatMap((addresses = []) => addresses)
    .filter(({ internal, scopeid = 0 }) => !internal && scopeid === 0);
  const found = external.find(({ family }) => family === 'IPv4') ?? external[0];
  return found?.address ?? '127.0.0.1';
}

const wildcards: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
