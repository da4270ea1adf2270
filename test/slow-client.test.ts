import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { closeCodes } from '#protocol/close-codes.ts';
import { readMetrics } from './harness/metrics-page.ts';
import type { HubProcess } from './harness/processes.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { Scene, symbolNames } from './harness/scene.ts';

const symbols = symbolNames(200);
/** Enough for the kernel's own buffers, a few MB on the loopback, to fill within seconds. */
const rate = 10_000;

/** Under load, one client that reads and one that does not, at a hub that soon closes slow ones. */
async function openScene(t: TestContext, patienceMs: number) {
  const scene = await Scene.open(t, await startRedis());
  const publisher = await scene.createPublisher(symbols, { rate });
  await publisher.burst(symbols.length);
  const hub = await scene.startHub({ SOCKET_BUFFER_BYTES: 16_384, SLOW_PATIENCE_MS: patienceMs });
  const slow = await scene.watch(hub.url, 'slow', { symbols });
  const fast = await scene.watch(hub.url, 'fast', { symbols, format: 'msgpack' });
  slow.raw.pause();
  publisher.start();
  return { scene, publisher, hub, slow, fast };
}

async function untilAtLevel(hub: HubProcess, level: 'conflated' | 'snapshot_only', sockets: number) {
  await until(
    `${sockets} sockets are ${level}`,
    async () => (await readMetrics(hub)).value('tickwire_hub_slow_sockets', { level }) === sockets,
  );
}

test('a client that stops reading goes down the levels, and up again to every update when it reads', async (t) => {
  const { scene, hub, slow, fast } = await openScene(t, 4000); // time enough to read some MB on a busy machine
  await untilAtLevel(hub, 'conflated', 1);
  await untilAtLevel(hub, 'snapshot_only', 1);
  slow.raw.resume();
  await untilAtLevel(hub, 'snapshot_only', 0);
  await untilAtLevel(hub, 'conflated', 0);
  assert.equal(
    (await readMetrics(hub)).value('tickwire_hub_slow_disconnects_total'),
    0,
    'it kept its socket',
  );
  await scene.advance(symbols, 5);
  const { resets } = await scene.finish();
  assert.ok(resets.slow_consumer > 0, 'it was told of what it missed');
  assert.equal(resets.slow_consumer, slow.resets);
  assert.equal(fast.resets, 0);
});

test('a client that never reads is closed, and may come back', async (t) => {
  const { scene, publisher, hub, slow, fast } = await openScene(t, 300);
  await until(
    'the hub gives it up',
    async () => (await readMetrics(hub)).value('tickwire_hub_slow_disconnects_total') === 1,
  );
  assert.equal((await readMetrics(hub)).value('tickwire_hub_sockets'), 1);
  slow.raw.resume();
  const { code } = await slow.raw.closed;
  // The close frame is the last that a full buffer has room for: mostly the connection just ends (1006).
  assert.ok(code === closeCodes.slow_consumer || code === 1006, `closed with ${code}`);
  await publisher.stop(); // at this rate a client on a busy machine would be given up again
  await slow.reconnect(hub.url);
  for (let round = 0; round < 5; round++) {
    await publisher.burst(symbols.length);
    await scene.caughtUp();
  }
  await scene.finish();
  assert.equal(fast.resets, 0);
});
