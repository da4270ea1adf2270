import { startRedisCluster } from '#test/redis/start-cluster.ts';
import { describeFanout } from './contract.ts';
import { connectionTo, openPair } from './redis-fixtures.ts';

describeFanout('a fanout by a Redis Cluster', async () => {
  const cluster = await startRedisCluster();
  return openPair(connectionTo(cluster.url, 'cluster'), () => cluster.stop());
});
