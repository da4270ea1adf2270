import type { ConnectionOptions } from 'node:tls';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { sleep } from '#fanout/redis/sleep.ts';
import type { Logger } from '#runtime/logger.ts';
import { MasterConnector, ServerConnector } from './connectors.ts';
import type { RedisTls } from './tls.ts';

/** How to reach Redis; made from the configuration by `redisConnection`. */
export interface RedisConnection {
  readonly mode: 'standalone' | 'sentinel' | 'cluster';
  /** The server, the sentinels, or the cluster's nodes to ask first. */
  readonly nodes: readonly RedisAddress[];
  /** Absent: without TLS. */
  readonly tls?: RedisTls;
  readonly username?: string;
  readonly password?: string;
  /** Number of the database; 0 in a cluster. */
  readonly database: number;
  /** Name under which the sentinels watch the master. */
  readonly sentinelName: string;
  /** Of the sentinels themselves; absent: they ask for none. */
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
}

/** Where a server listens: name or IP address, and TCP port. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** Times of a connection. */
export interface ConnectionLimits {
  /** A command that is not answered within so long counts as failed. */
  readonly commandTimeoutMs: number;
  /** How often a cluster is asked which node holds which slot. */
  readonly topologyIntervalMs: number;
}

/** A client of one server, or of a whole cluster. */
export type RedisClient = Redis | Cluster;

/** A client that connects anew until it is closed. */
export interface KeptConnection<Client extends RedisClient> {
  readonly client: Client;
  /** Gives up the present connection, which may look healthy, for a new one. */
  reconnect(): void;
  close(): void;
}

const retryDelayMaxMs = 1000;

/** For commands; each is refused at once while there is no connection. */
export function openClient(
  connection: RedisConnection,
  log: Logger,
  limits: ConnectionLimits,
  options: { readonly autoPipelining: boolean },
): KeptConnection<RedisClient> {
  const { mode, nodes } = connection;
  const client =
    mode === 'cluster'
      ? new Cluster([...nodes], {
          redisOptions: commonOptions(connection, limits),
          enableOfflineQueue: false,
          enableAutoPipelining: options.autoPipelining,
          slotsRefreshInterval: limits.topologyIntervalMs,
          // Nodes are asked one after the other; one that stands still must not take all the time of a failover.
          slotsRefreshTimeout: limits.commandTimeoutMs / 2,
          clusterRetryStrategy: retryDelayMs,
        })
      : new Redis({
          ...serverOptions(connection, limits),
          enableOfflineQueue: false,
          enableAutoPipelining: options.autoPipelining,
          failoverDetector: mode === 'sentinel',
          reconnectOnError: isWrongServer,
        });
  logOutages(client, log);
  return keepConnecting(client, log);
}

/**
 * For subscriptions; not yet opened. It does not subscribe again by itself: whoever holds it has to know
 * when that is done.
 * @param address the shard's master in a cluster; else undefined
 */
export function createSubscriberConnection(
  connection: RedisConnection,
  address: RedisAddress | undefined,
  log: Logger,
  limits: ConnectionLimits,
): KeptConnection<Redis> {
  const base =
    address === undefined
      ? serverOptions(connection, limits)
      : { ...commonOptions(connection, limits), ...address };
  const client = new Redis({
    ...base,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: retryDelayMs,
    autoResubscribe: false,
  });
  return keepConnecting(client, log);
}

/**
 * ioredis gives up for good (status `end`) when a connection is ended while it still asks the sentinels
 * where the master is; its own failover detector does that when the master's death was noticed before
 * the sentinels had replaced it. So a client that has ended unasked is started again.
 */
function keepConnecting<Client extends RedisClient>(client: Client, log: Logger): KeptConnection<Client> {
  const closed = new AbortController();
  const restart = async (): Promise<void> => {
    if (!(await sleep(retryDelayMs(1), closed.signal)) || client.status !== 'end') return;
    await client
      .connect()
      .catch((error: Error) => log.debug({ problem: error.message }, 'not connected yet'));
  };
  client.on('end', () => void restart());
  return {
    client,
    reconnect() {
      if (client.status === 'ready' || client.status === 'connect') client.disconnect(true);
    },
    close() {
      closed.abort();
      client.disconnect();
    },
  };
}

function serverOptions(connection: RedisConnection, limits: ConnectionLimits): RedisOptions {
  const { mode, nodes, database, tls, sentinelUsername, sentinelPassword } = connection;
  const common = { ...commonOptions(connection, limits), db: database, retryStrategy: retryDelayMs };
  if (mode !== 'sentinel') return { ...common, ...nodes[0] };
  return {
    ...common,
    Connector: MasterConnector,
    sentinels: [...nodes],
    name: connection.sentinelName,
    enableTLSForSentinelMode: tls !== undefined,
    sentinelCommandTimeout: limits.commandTimeoutMs,
    ...(tls && { sentinelTLS: tlsOptions(tls) }),
    ...(sentinelUsername !== undefined && { sentinelUsername }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
  };
}

function commonOptions(connection: RedisConnection, limits: ConnectionLimits): RedisOptions {
  const { username, password, tls } = connection;
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: tlsOptions(tls) }),
    commandTimeout: limits.commandTimeoutMs,
    connectTimeout: limits.commandTimeoutMs,
    // Of a connection that ends: how long to wait for the other side before it is cut.
    disconnectTimeout: 200,
    // Fail what was under way when a connection is lost; the caller knows whether it may be repeated.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
    Connector: ServerConnector,
  };
}

/** Certificates are always verified: there is no key to leave that out. */
function tlsOptions(tls: RedisTls): ConnectionOptions {
  return { ...tls, minVersion: 'TLSv1.2', rejectUnauthorized: true };
}

function retryDelayMs(attempt: number): number {
  return Math.min(50 * attempt, retryDelayMaxMs);
}

/** A demoted master answers READONLY: another server has to be found. */
function isWrongServer(error: Error): boolean {
  return error.message.startsWith('READONLY');
}

/** One line when Redis is lost and one when it is back, however often it is tried between. */
function logOutages(client: RedisClient, log: Logger): void {
  let away = false;
  client.on('error', (error: Error) => {
    if (!away) log.warn({ problem: error.message }, 'Redis can not be reached, trying on');
    away = true;
  });
  client.on('ready', () => {
    if (away) log.info('Redis can be reached again');
    away = false;
  });
}
