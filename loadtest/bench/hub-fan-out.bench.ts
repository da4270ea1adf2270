import { startHubProcess } from '#test/processes.ts';
import { startRedis } from '#test/redis/start-redis.ts';
import { processCpuSeconds, startChild } from './children.ts';
import { createFeed, type Feed } from './feed.ts';
import { median, printTable, spreadPercent } from './statistics.ts';
import { startSwarm } from './swarm.ts';

/*
 * How much of what bare uWebSockets.js delivers does a hub deliver, per CPU second of its process?
 *
 *   feed ──▶ Redis ──▶ hub ─────▶ 1,000 sockets × 50 of 1,000 symbols      (hub)
 *              timer ▶ uWebSockets.js ─▶ the same sockets                   (bare)
 *
 * 10,000 ticks/s × 50 sockets each = 500,000 deliveries/s, MessagePack, gathered for 10 ms on both sides.
 * Timed: CPU seconds, user and system, of the one server process from the first tick to the last delivery.
 * Fails when an update is missing or repeated, or when the hub delivers less than 70 % of bare.
 */
const symbolCount = 1000;
const socketCount = 1000;
const symbolsPerSocket = 50;
const ticksPerSecond = 10_000;
const seconds = 4;
const runs = 7;
const ratioMin = 0.7;
const format = 'msgpack';

const symbolsOf = (socket: number): string[] =>
  Array.from(
    { length: symbolsPerSocket },
    (_, index) => `S${(socket + (index * symbolCount) / symbolsPerSocket) % symbolCount}`,
  );
const symbols = Array.from({ length: socketCount }, (_, socket) => symbolsOf(socket));
const fanOut = (socketCount * symbolsPerSocket) / symbolCount;

interface Server {
  readonly port: number;
  readonly pid: number;
  publish(seconds: number): Promise<number>;
  stop(): Promise<unknown>;
}

async function startHub(redisUrl: string, feed: Feed): Promise<Server> {
  const hub = await startHubProcess({ REDIS_URL: redisUrl, FLUSH_MS: 10, LOG_LEVEL: 'warn' });
  return {
    port: hub.port,
    pid: hub.pid,
    publish: (time) => feed.publish(ticksPerSecond, time),
    stop: () => hub.end('SIGKILL'),
  };
}

async function startBare(): Promise<Server> {
  const child = startChild('bare-server.ts');
  const port = await child.ask<number>({ format });
  const order = { symbols: Array.from({ length: symbolCount }, (_, index) => `S${index}`), ticksPerSecond };
  return {
    port,
    pid: child.pid,
    publish: (time) => child.ask<number>({ ...order, seconds: time }),
    stop: () => child.stop(),
  };
}

/** Deliveries per CPU second of the server. */
async function measure(server: Server): Promise<number> {
  const swarm = await startSwarm({ host: '127.0.0.1', port: server.port, format, symbols }, 2);
  const deliver = async (time: number): Promise<{ delivered: number; cpu: number }> => {
    const before = (await swarm.count()).updates;
    const cpuBefore = processCpuSeconds(server.pid);
    const expected = (await server.publish(time)) * fanOut;
    const delivered = (await swarm.settle(before + expected)) - before;
    if (delivered !== expected) throw new Error(`${delivered} deliveries instead of ${expected}`);
    return { delivered, cpu: processCpuSeconds(server.pid) - cpuBefore };
  };
  await deliver(1); // warm-up
  const { delivered, cpu } = await deliver(seconds);
  await swarm.stop();
  await server.stop();
  return delivered / cpu;
}

const redis = await startRedis({ config: ['client-output-buffer-limit pubsub 256mb 64mb 60'] });
const feed = await createFeed(redis.url, symbolCount);
const results: Record<'hub' | 'bare', number[]> = { hub: [], bare: [] };
for (let run = 1; run <= runs; run++) {
  const order = run % 2 === 1 ? (['hub', 'bare'] as const) : (['bare', 'hub'] as const);
  for (const name of order) {
    const perCpuSecond = await measure(name === 'hub' ? await startHub(redis.url, feed) : await startBare());
    results[name].push(perCpuSecond);
    console.log(
      `run ${run}/${runs} ${name}: ${Math.round(perCpuSecond).toLocaleString('en-US')} deliveries per CPU second`,
    );
  }
}
const ratio = median(results.hub) / median(results.bare);
printTable(
  (['hub', 'bare'] as const).map((server) => ({
    server,
    'deliveries per CPU s': Math.round(median(results[server])),
    'spread %': Math.round(spreadPercent(results[server])),
    ratio: Number((median(results[server]) / median(results.bare)).toFixed(2)),
  })),
);
await feed.fanout.close();
await redis.stop();
if (ratio < ratioMin) console.error(`the hub delivers ${ratio.toFixed(2)} of bare, less than ${ratioMin}`);
process.exit(ratio < ratioMin ? 1 : 0);
