import type { Closing } from '#loadtest/bench/harness/closing.ts';
import { type HubProcess, type Settings, startHubProcess } from '#test/harness/processes.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { createFeed, type Feed } from './feed.ts';

/** Redis and a feed, and what a run puts around them; everything ends with its `closing`. */
export interface Stage {
  readonly redis: RedisProcess;
  /** Every symbol of it has a last price: a first one would be a reset to those who wait for it. */
  readonly feed: Feed;
  /** A hub that is ready for clients; it logs warnings only. */
  startHub(closing: Closing, settings?: Settings): Promise<HubProcess>;
}

/** @param symbolCount symbols `S0`, `S1`, … of the feed */
export async function openStage(closing: Closing, symbolCount: number): Promise<Stage> {
  // A burst above the hub's pace must show in the figures, not end its connection.
  const redis = await startRedis({ config: ['client-output-buffer-limit pubsub 256mb 64mb 60'] });
  closing.defer(() => redis.stop());
  const feed = await createFeed(redis.url, symbolCount);
  closing.defer(() => feed.fanout.close());
  await feed.publish(symbolCount, 1);
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
