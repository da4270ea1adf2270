import { describeFanout } from '#fanout/contract/contract.ts';
import { startSentinelGroup } from '#test/harness/redis/start-sentinels.ts';
import { connectionTo, openPair } from './redis-fixtures.ts';

describeFanout('a fanout by a master that sentinels watch', async () => {
  const group = await startSentinelGroup();
  return openPair(connectionTo(group.url, 'sentinel', group.masterName), () => group.stop());
});
