import { openClient, type RedisClient, type RedisConnection } from '#fanout/redis/connection/connection.ts';
import { type Finding, fail, ok, warn } from '#runtime/finding.ts';
import { createLogger } from '#runtime/logger.ts';
import { type AskedServer, type NamedServer, type RedisFacts, readFacts } from './facts.ts';
import { type RedisRole, rightsFinding } from './rights.ts';
import { namingServers, serversOf } from './servers.ts';
import { serverFindings, vitalFindings } from './settings.ts';

/** What is to be inspected, and against which rules. */
export interface RedisInspection {
  readonly connection: RedisConnection;
  /** Whose rights are looked at; with several it is enough to have those of one. */
  readonly roles: readonly RedisRole[];
  /** Text of docs/redis-users.acl. */
  readonly rules: string;
  /** Unix ms. */
  readonly now: () => number;
}

/** How long one step of the inspection may take. */
export interface InspectionLimits {
  /** For a connection, and for each command. */
  readonly commandTimeoutMs: number;
}

/** By more than the first, delays and tokens are off by as much; by more than the second, good tokens are refused. */
const clockLimits = { warnMs: 500, failMs: 5000 };

/** Everything that can be wrong with Redis and be seen from here. Never rejects; changes nothing in Redis. */
export async function inspectRedis(
  inspection: RedisInspection,
  limits: InspectionLimits,
): Promise<Finding[]> {
  const { connection } = inspection;
  const log = createLogger('doctor', 'silent');
  const kept = openClient(
    connection,
    log,
    { ...limits, topologyIntervalMs: 60_000 },
    { autoPipelining: false },
  );
  try {
    await ready(kept.client, 3 * limits.commandTimeoutMs);
    return await findingsOf(kept.client, inspection);
  } catch (error) {
    return [fail('redis', problemOf(error), adviceFor(connection, problemOf(error)))];
  } finally {
    kept.close();
  }
}

async function findingsOf(client: RedisClient, inspection: RedisInspection): Promise<Finding[]> {
  const servers = serversOf(client);
  const [first] = servers;
  if (first === undefined) return [fail('redis', 'the cluster has no master', 'redis-cli --cluster fix')];
  const facts = await Promise.all(servers.map(readFacts));
  const reached = ok(
    'redis',
    `${servers.map(({ address }) => address).join(', ')} (${inspection.connection.mode})`,
  );
  return [
    reached,
    ...(await topology(first, facts, inspection.connection)),
    ...namingServers(facts, (each) => [...serverFindings(each), ...vitalFindings(each)]),
    await clock(first.server, inspection.now),
    ...(await rights(first.server, inspection)),
  ];
}

async function topology(
  { address, server }: NamedServer,
  [facts]: readonly RedisFacts[],
  { mode, nodes }: RedisConnection,
): Promise<Finding[]> {
  const isCluster = facts?.info.get('cluster_enabled') === '1';
  const topic = 'redis mode';
  if (mode !== 'cluster' && isCluster)
    return [fail(topic, `${address} is a node of a cluster`, 'set TICKWIRE_REDIS_MODE=cluster')];
  if (mode === 'sentinel' && nodes.length < 3)
    return [
      warn(
        topic,
        `${nodes.length} sentinels are named`,
        'name all of them, at least three, in TICKWIRE_REDIS_URL',
      ),
    ];
  if (mode !== 'cluster') return [ok(topic, mode)];
  const state = String(await server.call('CLUSTER', 'INFO'));
  const value = (name: string): string => new RegExp(`^${name}:(\\w+)`, 'm').exec(state)?.[1] ?? 'unknown';
  const says = `state ${value('cluster_state')}, ${value('cluster_slots_ok')} of 16384 slots served`;
  const isWhole = value('cluster_state') === 'ok' && value('cluster_slots_ok') === '16384';
  return [isWhole ? ok(topic, says) : fail(topic, says, `redis-cli --cluster check ${address}`)];
}

async function clock(server: AskedServer, now: () => number): Promise<Finding> {
  const topic = 'clock';
  const before = now();
  const reply = await server.call('TIME');
  const [seconds = 0, microseconds = 0] = Array.isArray(reply) ? reply.map(Number) : [];
  // Half of the way is taken for each direction.
  const aheadMs = Math.round((before + now()) / 2 - (seconds * 1000 + microseconds / 1000));
  const says = `this clock and that of Redis differ by ${Math.abs(aheadMs)} ms`;
  if (Math.abs(aheadMs) < clockLimits.warnMs) return ok(topic, says);
  const fix = `keep both machines by NTP: timedatectl set-ntp true, or chronyc makestep (this one is ${aheadMs > 0 ? 'ahead' : 'behind'})`;
  return Math.abs(aheadMs) < clockLimits.failMs ? warn(topic, says, fix) : fail(topic, says, fix);
}

async function rights(server: AskedServer, { roles, rules }: RedisInspection): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const role of roles) found.push(await rightsFinding(server, role, rules)); // a connection has one transaction
  const fit = found.filter(({ verdict }) => verdict === 'ok');
  return fit.length > 0 ? fit : found;
}

/** Resolves when commands can be sent; rejects with the first error, or when that takes too long. */
function ready(client: RedisClient, deadlineMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error(`nothing answered within ${deadlineMs} ms`));
    const timer = setTimeout(late, deadlineMs);
    client.once('ready', () => {
      clearTimeout(timer);
      resolve();
    });
    client.once('error', (error: Error & { lastNodeError?: Error }) => {
      clearTimeout(timer);
      reject(error.lastNodeError ?? error);
    });
  });
}

/** An error of several addresses tried has an empty message. */
function problemOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return problemOf(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}

function adviceFor({ nodes, tls }: RedisConnection, problem: string): string {
  const [{ host, port } = { host: '127.0.0.1', port: 6379 }] = nodes;
  if (/WRONGPASS|NOAUTH|invalid password/i.test(problem))
    return 'mend user and password in TICKWIRE_REDIS_URL: redis://user:password@host:port (docs/redis-users.acl)';
  if (/NOPERM/.test(problem)) return 'give the user the rights that docs/redis-users.acl lists';
  if (/certificate|self.signed|SSL|TLS|wrong version number/i.test(problem))
    return 'mend TICKWIRE_REDIS_TLS_CA and TICKWIRE_REDIS_TLS_NAME, or whether TICKWIRE_REDIS_URL begins with rediss://';
  if (/ENOTFOUND|EAI_AGAIN/.test(problem)) return `mend the host name in TICKWIRE_REDIS_URL: ${host}`;
  const start =
    host === '127.0.0.1' || host === 'localhost' ? `, or start it: redis-server --port ${port}` : '';
  return `set TICKWIRE_REDIS_URL to where Redis is${tls ? '' : ` (redis-cli -h ${host} -p ${port} PING tries it)`}${start}`;
}
