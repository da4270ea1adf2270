import { readFileSync } from 'node:fs';
import { type Scenario, SwarmError } from './scenario.ts';
import { socketsPerAddress } from './worker/openings.ts';

/** What the kernel lets a process have, as its files say it. */
export interface SystemLimits {
  /** `/proc/self/limits` */
  readonly limits: string;
  /** `/proc/sys/net/ipv4/ip_local_port_range` */
  readonly portRange: string;
}

/** Descriptors that a worker or a hub needs beside its sockets. */
const otherDescriptors = 100;

/** Empty where the system has no such files: then nothing is checked beforehand. */
export function readSystemLimits(): SystemLimits {
  return {
    limits: readOr('/proc/self/limits', ''),
    portRange: readOr('/proc/sys/net/ipv4/ip_local_port_range', '1 65535'),
  };
}

/** @throws SwarmError when the sockets can not be opened, and says what to change */
export function checkSystem(scenario: Scenario, { limits, portRange }: SystemLimits): void {
  const descriptors = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  const { sockets, workers, target } = scenario;
  checkDescriptors(sockets, workers, 'worker', '"workers"', descriptors);
  if ('stage' in target)
    checkDescriptors(sockets, target.stage.hubs, 'hub', '"target.stage.hubs"', descriptors);
  checkPorts(scenario, portRange);
}

function checkDescriptors(
  sockets: number,
  processes: number,
  name: string,
  key: string,
  descriptors: number,
): void {
  const share = Math.ceil(sockets / processes);
  const needed = share + otherDescriptors;
  if (needed <= descriptors) return;
  const enough = Math.ceil(sockets / Math.max(descriptors - otherDescriptors, 1));
  throw new SwarmError(
    `${share} sockets in each ${name} need ${needed} file descriptors, but a process may have ${descriptors}: ` +
      `ask for ${enough} ${key} instead of ${processes}, or raise \`ulimit -n\``,
  );
}

function checkPorts({ sockets, workers }: Scenario, portRange: string): void {
  const [low = 0, high = 0] = portRange.trim().split(/\s+/).map(Number);
  const ports = high - low + 1;
  const needed = Math.min(Math.ceil(sockets / workers), socketsPerAddress);
  if (needed <= ports) return;
  throw new SwarmError(
    `an address has ${ports} local ports (net.ipv4.ip_local_port_range), but ${needed} are needed: ` +
      `widen the range, or ask for more "workers"`,
  );
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise; // not Linux: the system says by itself what it can not do
  }
}
