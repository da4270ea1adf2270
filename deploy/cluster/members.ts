import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Addresses, ProcessPorts } from './addresses.ts';
import type { Member } from './child.ts';
import { type ClusterFolder, writePrometheusConfig } from './folder.ts';
import { gatewayConnections } from './gateway-connections.ts';
import { answersHttp, answersRedis, sendsTo } from './probes.ts';

/** The programs that no package of ours brings along. */
export interface Programs {
  readonly redis: string;
  readonly haproxy: string;
  /** Undefined: it is left out. */
  readonly prometheus: string | undefined;
}

/** All members; the groups after the first start together, and stop in the reverse of the order here. */
export interface Members {
  readonly redis: Member;
  readonly feeds: readonly Member[];
  readonly hubs: readonly Member[];
  readonly gateway: Member;
  readonly prometheus: Member | undefined;
}

export function createMembers(
  root: string,
  folder: ClusterFolder,
  addresses: Addresses,
  programs: Programs,
): Members {
  const redisUrl = `redis://127.0.0.1:${addresses.redis}`;
  const shared = { TICKWIRE_REDIS_URL: redisUrl, TICKWIRE_REDIS_MODE: 'standalone' };
  const signing = { TICKWIRE_HUB_SECRET: randomBytes(32).toString('base64url') };
  const { prometheus } = programs;
  return {
    redis: redisMember(root, addresses.redis, folder.data, programs.redis),
    feeds: addresses.feeds.map((ports) => feedMember(root, ports, shared)),
    hubs: addresses.hubs.map((ports) => hubMember(root, ports, { ...shared, ...signing }, addresses.gateway)),
    gateway: gatewayMember(root, addresses, programs.haproxy),
    prometheus: prometheus === undefined ? undefined : prometheusMember(root, folder, addresses, prometheus),
  };
}

function redisMember(root: string, port: number, folder: string, command: string): Member {
  return {
    ...{ name: 'redis', address: `127.0.0.1:${port}`, command, env: {} },
    args: [
      join(root, 'deploy', 'redis', 'redis.conf'),
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
    ],
    ready: () => answersRedis(port),
    stopTimeoutMs: 5000,
  };
}

function hubMember(root: string, ports: ProcessPorts, shared: object, gateway: number): Member {
  return {
    ...{ name: ports.name, address: `127.0.0.1:${ports.port}`, command: process.execPath },
    args: nodeArguments(root, 'hub'),
    env: {
      // Long enough to see a drain, short enough to stop many times a day.
      TICKWIRE_DRAIN_MS: '2000',
      ...shared,
      ...{ TICKWIRE_HOST: '127.0.0.1', TICKWIRE_PORT: String(ports.port) },
      TICKWIRE_OPERATIONS_PORT: String(ports.operations),
      TICKWIRE_TRUSTED_PROXIES: '127.0.0.1',
      TICKWIRE_NODE_ID: ports.name,
      TICKWIRE_PUBLIC_URL: `ws://127.0.0.1:${gateway}/ws`,
    },
    ready: () => answersHttp(`http://127.0.0.1:${ports.operations}/readyz`),
    stopTimeoutMs: 30_000,
  };
}

function feedMember(root: string, ports: ProcessPorts, shared: object): Member {
  return {
    ...{ name: ports.name, address: `127.0.0.1:${ports.port}`, command: process.execPath },
    args: nodeArguments(root, 'feed'),
    env: {
      ...shared,
      TICKWIRE_FEED_PORT: String(ports.port),
      TICKWIRE_NODE_ID: ports.name,
      TICKWIRE_OPERATIONS_PORT: String(ports.operations),
    },
    ready: () => answersHttp(`http://127.0.0.1:${ports.operations}/readyz`),
    stopTimeoutMs: 30_000,
  };
}

function gatewayMember(root: string, addresses: Addresses, command: string): Member {
  const { gateway, statistics, hubs } = addresses;
  const places = hubs.flatMap(({ name, port, operations }, i) => [
    [`GATEWAY_HUB_${i + 1}`, `127.0.0.1:${port}`],
    [`GATEWAY_HUB_${i + 1}_ID`, name],
    [`GATEWAY_HUB_${i + 1}_PROBE`, String(operations)],
  ]);
  return {
    ...{ name: 'gateway', address: `127.0.0.1:${gateway}`, command },
    args: ['-db', '-f', join(root, 'deploy', 'haproxy', 'haproxy.cfg')],
    env: {
      ...{ GATEWAY_BIND: `127.0.0.1:${gateway}`, GATEWAY_STATS_BIND: `127.0.0.1:${statistics}` },
      GATEWAY_CONNECTIONS: String(gatewayConnections()),
      // Here everybody has one address.
      ...{ GATEWAY_ADDRESS_REQUESTS_10S: '1000000', GATEWAY_ADDRESS_CONNECTIONS: '1000000' },
      ...Object.fromEntries(places),
    },
    ready: async () =>
      (await answersHttp(`http://127.0.0.1:${gateway}/health`)) &&
      (await sendsTo(
        statistics,
        hubs.map(({ name }) => name),
      )),
    stopTimeoutMs: 5000,
  };
}

function prometheusMember(
  root: string,
  folder: ClusterFolder,
  addresses: Addresses,
  command: string,
): Member {
  const { statistics, hubs, feeds, prometheus: port = 0 } = addresses;
  const config = writePrometheusConfig(root, folder.data, {
    hub: hubs.map(({ operations }) => `127.0.0.1:${operations}`),
    feed: feeds.map(({ operations }) => `127.0.0.1:${operations}`),
    gateway: [`127.0.0.1:${statistics}`],
    prometheus: [`127.0.0.1:${port}`],
  });
  return {
    ...{ name: 'prometheus', address: `127.0.0.1:${port}`, command, env: {} },
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder.data, 'series')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    ready: () => answersHttp(`http://127.0.0.1:${port}/-/ready`),
    stopTimeoutMs: 5000,
  };
}

/** What package.json's own command of that name gives to node. */
function nodeArguments(root: string, script: 'hub' | 'feed'): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const [node, ...args] = (scripts[script] ?? '').split(' ');
  if (node !== 'node') throw new Error(`package.json has no command "${script}" that begins with node`);
  return args;
}
