import { randomUUID } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { hubService, type InstanceRecord, type NodeRegistry } from '#fanout/node-ports.ts';
import {
  createPresence,
  type Presence,
  type PresenceLimits,
  type PresenceMetrics,
} from '#fanout/presence.ts';
import { advertisedAddress } from '#fanout/redis/connection/advertised-address.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Hub } from './hub.ts';

export interface HubPresenceDeps {
  readonly hub: Pick<Hub, 'counts' | 'notReady'>;
  readonly nodes: NodeRegistry;
  /** Names the hub in `welcome`, and in the registry. */
  readonly node: string;
  readonly metrics: PresenceMetrics;
  readonly log: Logger;
}

/** Where a hub is. */
export interface HubPlace {
  /** What it listens on, an address or a name. */
  readonly host: string;
  readonly port: number;
  /** Whether it speaks TLS. */
  readonly secure: boolean;
  /** Where clients reach its sockets; empty: at its address and port. */
  readonly publicUrl: string;
  readonly socketsMax: number;
}

/** A hub's place in the registry, from which `POST /session` takes the nodes that clients are sent to. */
export function createHubPresence(deps: HubPresenceDeps, place: HubPlace, limits: PresenceLimits): Presence {
  const { hub, node: instance } = deps;
  const ipAddress = advertisedAddress(place.host, networkInterfaces());
  const self = { service: hubService, serviceName: 'Tickwire hub', instance, boot: randomUUID() };
  return createPresence({ ...deps, self, describe: () => describeHub(hub, place, ipAddress) }, limits);
}

/** What the hub says of itself now: one that is full wants no more clients. */
export function describeHub(
  hub: HubPresenceDeps['hub'],
  { port: portNumber, secure, publicUrl, socketsMax }: HubPlace,
  ipAddress: string,
): InstanceRecord {
  const { sockets } = hub.counts;
  const protocol = secure ? 'wss' : 'ws';
  const host = isIPv6(ipAddress) ? `[${ipAddress}]` : ipAddress;
  const socketUrl = publicUrl === '' ? `${protocol}://${host}:${portNumber}/ws` : publicUrl;
  const ready = hub.notReady() === undefined && sockets < socketsMax;
  return { ipAddress, portNumber, protocol, socketUrl, sockets, ready };
}
