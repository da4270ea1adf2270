import { startHubProcess } from '#test/processes.ts';
import { startRedis } from '#test/redis/start-redis.ts';
import { processResidentBytes } from './children.ts';
import { createFeed } from './feed.ts';
import { median, printTable } from './statistics.ts';
import { startSwarm } from './swarm.ts';

/*
 * What does an idle socket cost?
 *
 *   Redis ──▶ hub ──▶ 15,000 sockets × 5 of 1,000 symbols, nothing published
 *
 * Measured: resident memory of the hub process, with all sockets minus with none, by the number of sockets.
 * Once before and once after the hub had the time for a collection by itself. Fails above 3 KB, or when a
 * socket is missing.
 */
const socketCount = 15_000;
const symbolCount = 1000;
const symbolsPerSocket = 5;
const runs = 7;
const bytesMax = 3 * 1024;
const restMs = 3000;

const symbols = Array.from({ length: socketCount }, (_, socket) =>
  Array.from({ length: symbolsPerSocket }, (_, index) => `S${(socket * 7 + index * 199) % symbolCount}`),
);

const rest = (): Promise<void> => new Promise((resume) => setTimeout(resume, restMs));

async function socketsOf(port: number): Promise<number> {
  const health = await fetch(`http://127.0.0.1:${port}/health`);
  return ((await health.json()) as { sockets: number }).sockets;
}

/** Bytes per socket. */
async function measure(redisUrl: string): Promise<number> {
  const hub = await startHubProcess({ REDIS_URL: redisUrl, LOG_LEVEL: 'warn' });
  await rest();
  const before = processResidentBytes(hub.pid);
  const swarm = await startSwarm({ host: '127.0.0.1', port: hub.port, format: 'msgpack', symbols }, 2);
  await rest();
  const sockets = await socketsOf(hub.port);
  if (sockets !== socketCount) throw new Error(`${sockets} sockets instead of ${socketCount}`);
  const bytes = (processResidentBytes(hub.pid) - before) / socketCount;
  await swarm.stop();
  await hub.end('SIGKILL');
  return bytes;
}

const redis = await startRedis();
const feed = await createFeed(redis.url, symbolCount);
await feed.publish(1000, 2);
const results: number[] = [];
for (let run = 1; run <= runs; run++) {
  const bytes = await measure(redis.url);
  results.push(bytes);
  console.log(`run ${run}/${runs}: ${Math.round(bytes).toLocaleString('en-US')} bytes per idle socket`);
}
await feed.fanout.close();
await redis.stop();
const bytes = Math.round(median(results));
printTable([
  { sockets: socketCount, symbols: symbolsPerSocket, 'bytes per socket': bytes, 'at most': bytesMax },
]);
if (bytes > bytesMax) console.error(`an idle socket costs ${bytes} bytes, more than ${bytesMax}`);
process.exit(bytes > bytesMax ? 1 : 0);
