import { describeFanout } from './contract.ts';
import { replayEntriesMax } from './contract-history.ts';
import { createMemoryFanout } from './memory.ts';

describeFanout('a fanout in memory', async () => {
  const fanout = createMemoryFanout({ now: Date.now }, { replayEntriesMax });
  return { fanout, second: async () => fanout, close: () => fanout.close() };
});
