import { socketsPerAddress } from './openings.ts';
import { type Scenario, SwarmError } from './scenario.ts';

/** Descriptors that a worker needs beside its sockets. */
const otherDescriptors = 100;

/**
 * @param limits as in `/proc/self/limits`
 * @param portRange as in `/proc/sys/net/ipv4/ip_local_port_range`
 * @throws SwarmError when the sockets can not be opened, and says what to change
 */
export function checkSystem({ sockets, workers }: Scenario, limits: string, portRange: string): void {
  const share = Math.ceil(sockets / workers);
  const descriptors = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  if (share + otherDescriptors > descriptors)
    throw new SwarmError(
      `${share} sockets in each of ${workers} workers need ${share + otherDescriptors} file descriptors, but a process may have ${descriptors}: ` +
        `ask for ${Math.ceil(sockets / Math.max(descriptors - otherDescriptors, 1))} "workers", or raise \`ulimit -n\``,
    );
  const [low = 0, high = 0] = portRange.trim().split(/\s+/).map(Number);
  const ports = high - low + 1;
  const needed = Math.min(share, socketsPerAddress);
  if (needed > ports)
    throw new SwarmError(
      `an address has ${ports} local ports (net.ipv4.ip_local_port_range), but ${needed} are needed: widen the range, or ask for more "workers"`,
    );
}
