import { type HubProcess, type Settings, startHubProcess } from '#test/processes.ts';
import type { RedisProcess } from '#test/redis/redis-process.ts';
import { startRedis } from '#test/redis/start-redis.ts';
import type { Closing } from './closing.ts';
import { createFeed, type Feed } from './feed.ts';
import { type Swarm, startSwarm } from './swarm.ts';
import type { SwarmOrder } from './swarm-worker.ts';

/** Redis and a feed, and what a run puts around them; everything ends with its `closing`. */
export interface Stage {
  readonly redis: RedisProcess;
  readonly feed: Feed;
  /** A hub that is ready for clients; it logs warnings only. */
  startHub(closing: Closing, settings?: Settings): Promise<HubProcess>;
}

/** Where sockets go, e.g. a hub. */
export type Target = Pick<SwarmOrder, 'port'>;

/** @param symbolCount symbols `S0`, `S1`, … of the feed */
export async function openStage(closing: Closing, symbolCount: number): Promise<Stage> {
  // A burst above the hub's pace must show in the figures, not end its connection.
  const redis = await startRedis({ config: ['client-output-buffer-limit pubsub 256mb 64mb 60'] });
  closing.defer(() => redis.stop());
  const feed = await createFeed(redis.url, symbolCount);
  closing.defer(() => feed.fanout.close());
  return {
    redis,
    feed,
    async startHub(closingHub, settings = {}) {
      const hub = await startHubProcess({ REDIS_URL: redis.url, LOG_LEVEL: 'warn', ...settings });
      closingHub.defer(() => hub.end('SIGKILL'));
      return hub;
    },
  };
}

const workers = 2;

/** Sockets that have had their first answers. */
export async function openSwarm(closing: Closing, order: Omit<SwarmOrder, 'host'>): Promise<Swarm> {
  const swarm = await startSwarm({ host: '127.0.0.1', ...order }, workers);
  closing.defer(() => swarm.stop());
  return swarm;
}

/** For each of `sockets`, `each` of `all` symbols, evenly spread, so that all symbols have as many sockets. */
export function spreadSymbols(sockets: number, each: number, all: number): string[][] {
  const stride = Math.max(1, Math.floor(all / each));
  return Array.from({ length: sockets }, (_, socket) =>
    Array.from({ length: each }, (_, index) => `S${(socket + index * stride) % all}`),
  );
}
