import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFanout } from '#fanout/contract/contract.ts';
import { replayEntriesMax } from '#fanout/contract/contract-history.ts';
import { createMemoryFanout } from './memory-fanout.ts';

describeFanout('a fanout in memory', async () => {
  const fanout = createMemoryFanout({ now: Date.now }, { replayEntriesMax });
  return { fanout, second: async () => fanout, close: () => fanout.close() };
});

for (const [words, aheadMs] of [
  ['ahead', 3_600_000],
  ['back', -3_600_000],
] as const)
  test(`a wall clock that is set an hour ${words} makes nothing last longer or shorter`, async () => {
    let elapsed = 0;
    let wall = 1_700_000_000_000;
    const clocks = { now: () => wall + elapsed, elapsedMs: () => elapsed };
    const { leases, tickets, nodes, directory } = createMemoryFanout(clocks, { replayEntriesMax });
    const status = {
      ...{
        source: 'sim',
        instance: 'a',
        host: 'h',
        state: 'leading' as const,
        symbols: 1,
        published: 0,
        rejected: {},
      },
      ...{ gaveUp: 0, venueGaps: 0, reconnects: 0 },
    } as const;
    const record = {
      ipAddress: '10.0.0.7',
      portNumber: 80,
      protocol: 'ws',
      sockets: 0,
      ready: true,
    } as const;
    const node = { service: 'hub', serviceName: 'hub', instance: 'hub-0', boot: 'b', record } as const;
    await leases.acquire('sim', 'a', 1000);
    await directory.report(status, 1000);
    await nodes.register(node, 1000);
    const [good, late] = [await tickets.issue('x', 1000), await tickets.issue('x', 1000)];
    wall += aheadMs;
    elapsed = 999;
    assert.equal(await leases.acquire('sim', 'b', 1000), undefined);
    assert.equal((await directory.sources()).length, 1);
    assert.equal((await nodes.list('hub'))?.instances.length, 1);
    assert.equal(await tickets.redeem(good), 'x');
    elapsed = 1000;
    assert.notEqual(await leases.acquire('sim', 'b', 1000), undefined);
    assert.deepEqual(await directory.sources(), []);
    assert.equal(await nodes.list('hub'), undefined);
    assert.equal(await tickets.redeem(late), undefined);
  });
