import type { StageScenario } from '#loadtest/swarm/scenario.ts';
import {
  type FeedProcess,
  type HubProcess,
  startFeedProcess,
  startHubProcess,
  type TickwireProcess,
} from '#test/harness/processes.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { until } from '#test/harness/redis/until.ts';
import { readCatalogue } from './catalogue.ts';
import { type MeasuredProcess, type Target, tickwireDialect } from './target.ts';

/**
 * The whole way on this machine: the simulated venue in an adapter, Redis, hubs; all of them real processes.
 * @param nodeArguments further ones for those of node, e.g. `--cpu-prof`; then they are let end by themselves
 */
export async function startStage(
  stage: StageScenario,
  format: 'msgpack' | 'json',
  nodeArguments: readonly string[] = [],
): Promise<Target> {
  const started: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of started.splice(0).reverse()) await end();
  };
  try {
    return await build(stage, format, nodeArguments, started, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(
  { hubs: hubCount, hubSettings, feed: feedScenario, redis: redisScenario }: StageScenario,
  format: 'msgpack' | 'json',
  nodeArguments: readonly string[],
  started: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<Target> {
  const redis = await startRedis({ config: [...redisConfig, ...redisScenario.config] });
  started.push(() => redis.stop());
  const { symbols, ticksPerSecond, settings } = feedScenario;
  const shared = { REDIS_URL: redis.url, LOG_LEVEL: 'warn' };
  const market = { SIMULATED_SYMBOLS: symbols, SIMULATED_RATE: ticksPerSecond, SIMULATED_ARRIVALS: 'steady' };
  const feed = await startFeedProcess({ ...shared, ...market, ...settings }, nodeArguments);
  const end = nodeArguments.length > 0 ? endByItself : (process: TickwireProcess) => process.end('SIGKILL');
  started.push(() => end(feed));
  const hubs: HubProcess[] = [];
  for (let count = 0; count < hubCount; count++) {
    const hub = await startHubProcess({ ...shared, ...hubSettings }, nodeArguments);
    started.push(() => end(hub));
    hubs.push(hub);
  }
  let stopping: TickwireProcess | undefined;
  const endpoints = hubs.map(({ port }) => ({ host: '127.0.0.1', port }));
  return {
    endpoints,
    dialect: tickwireDialect(format),
    catalogue: await fullCatalogue(endpoints, symbols),
    updatesPerSymbol: ticksPerSecond / symbols,
    processes: await processesOf(redis, feed, hubs),
    died: firstDeath([{ name: 'feed', process: feed }, ...hubs.map(named)], () => stopping),
    async stopFeed() {
      stopping = feed;
      await feed.end();
    },
    stop,
  };
}

/** A burst above a hub's pace must not get its subscription cut; the design's chapter 2.1. */
const redisConfig = ['client-output-buffer-limit pubsub 256mb 64mb 60'];

const catalogueTimeoutMs = 30_000;

/** As who profiles it must, for its profile is written at its end. */
async function endByItself(process: TickwireProcess): Promise<unknown> {
  const patience = setTimeout(() => process.signal('SIGKILL'), endTimeoutMs);
  try {
    return await process.end('SIGTERM');
  } finally {
    clearTimeout(patience);
  }
}

const endTimeoutMs = 15_000;

async function fullCatalogue(endpoints: Target['endpoints'], symbols: number): Promise<readonly string[]> {
  let catalogue: readonly string[] = [];
  for (const endpoint of endpoints)
    await until(
      `the hub at port ${endpoint.port} knows ${symbols} symbols`,
      async () => {
        catalogue = await readCatalogue(endpoint);
        return catalogue.length === symbols;
      },
      catalogueTimeoutMs,
    );
  return catalogue;
}

async function processesOf(
  redis: RedisProcess,
  feed: FeedProcess,
  hubs: readonly HubProcess[],
): Promise<MeasuredProcess[]> {
  const pid = Number(/process_id:(\d+)/.exec(await redis.client.info('server'))?.[1]);
  return [
    { name: 'redis', kind: 'redis', pid },
    { name: 'feed', kind: 'feed', pid: feed.pid },
    ...hubs.map(({ pid }, index) => ({ name: `hub ${index + 1}`, kind: 'hub' as const, pid })),
  ];
}

function named(process: TickwireProcess, index: number) {
  return { name: `hub ${index + 1}`, process };
}

/** The one that is being stopped does not count. */
function firstDeath(
  processes: readonly { name: string; process: TickwireProcess }[],
  stopping: () => TickwireProcess | undefined,
): Promise<string> {
  return new Promise((resolve) => {
    for (const { name, process } of processes)
      void process.exited.then((code) => {
        if (process === stopping()) return;
        const last = process.output().trim().split('\n').slice(-3).join(' | ');
        resolve(`${name} ended with ${howEnded(code)}${last === '' ? '' : `; it said: ${last}`}`);
      });
  });
}

function howEnded(code: number | null): string {
  return code === null
    ? 'a signal: unless somebody sent it, look for "Out of memory" in `dmesg` and ask for fewer "sockets"'
    : `code ${code}`;
}
