import { describeFanout } from '#fanout/contract/contract.ts';
import { startRedisCluster } from '#test/harness/redis/start-cluster.ts';
import { connectionTo, openPair } from './redis-fixtures.ts';

describeFanout('a fanout by a Redis Cluster', async () => {
  const cluster = await startRedisCluster();
  return openPair(connectionTo(cluster.url, 'cluster'), () => cluster.stop());
});
