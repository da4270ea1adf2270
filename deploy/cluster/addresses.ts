import type { ClusterOptions } from './arguments.ts';
import { createPorts } from './ports.ts';

export interface ProcessPorts {
  readonly name: string;
  readonly port: number;
  readonly operations: number;
}

/** Where everything listens, all of it on 127.0.0.1. */
export interface Addresses {
  readonly redis: number;
  readonly gateway: number;
  readonly statistics: number;
  readonly hubs: readonly ProcessPorts[];
  readonly feeds: readonly ProcessPorts[];
  /** Undefined: there is none. */
  readonly prometheus: number | undefined;
}

/** One leads, the other stands by. */
const feeds = 2;

/** @throws Error when the gateway's port is taken */
export async function chooseAddresses({ hubs, port, prometheus }: ClusterOptions): Promise<Addresses> {
  const ports = createPorts(port === 0);
  const several = async (name: string, count: number, first: number, firstOperations: number) => {
    const found: ProcessPorts[] = [];
    for (let i = 1; i <= count; i++)
      found.push({
        name: `${name}-${i}`,
        port: await ports.take(first + i),
        operations: await ports.take(firstOperations + i),
      });
    return found;
  };
  return {
    gateway: await ports.insistOn(port),
    redis: await ports.take(6379),
    statistics: await ports.take(8404),
    hubs: await several('hub', hubs, 8100, 9100),
    feeds: await several('feed', feeds, 8200, 9200),
    prometheus: prometheus ? await ports.take(9090) : undefined,
  };
}
