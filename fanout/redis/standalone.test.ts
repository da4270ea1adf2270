import { describeFanout } from '#fanout/contract/contract.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { connectionTo, openPair } from './redis-fixtures.ts';

describeFanout('a fanout by one Redis server', async () => {
  // Small blocks, so that trimming shows with few entries.
  const redis = await startRedis({ config: ['stream-node-max-entries 20'] });
  return openPair(connectionTo(redis.url), () => redis.stop());
});
