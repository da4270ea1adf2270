import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { resetCount, Scene, symbolNames } from './harness/scene.ts';

const symbols = symbolNames(20);
const rate = 2000;
/** Updates of each symbol after the kill that prove a client to be live. */
const updatesAfterKill = 20;

test('clients of a hub that is killed under load are live at another, and miss nothing', async (t) => {
  const scene = await Scene.open(t, await startRedis());
  const publisher = await scene.createPublisher(symbols, { rate });
  await publisher.burst(symbols.length);
  publisher.start();
  const hub = await scene.startHub({ SHARE_PORT: 'true' });
  for (const format of ['json', 'msgpack'] as const) {
    for (const frequency of [0, 100, 250])
      await scene.watch(hub.url, `${format} ${frequency}`, { symbols, format, frequency });
    scene.useSdk(hub.url, `sdk ${format}`, { symbols, connect: { format } });
  }
  const clients = [...scene.watched, ...scene.selfChecking];
  const soon = new Map(scene.last);
  await until('all are live', () => clients.every((client) => client.caughtUp(soon)));
  // On the same port: it gets the connections as soon as the other is gone.
  await scene.startHub({ SHARE_PORT: 'true', PORT: hub.port });

  const killedAt = performance.now();
  await hub.end('SIGKILL');
  const goal = new Map(
    [...scene.last].map(([symbol, { epoch, seq }]) => [symbol, { epoch, seq: seq + updatesAfterKill }]),
  );
  await Promise.all(scene.watched.map((client) => client.reconnect(hub.url)));
  await until('all are live again', () => clients.every((client) => client.caughtUp(goal)));
  t.diagnostic(`all were live again after ${Math.round(performance.now() - killedAt)} ms`);

  for (const { answers } of scene.watched)
    assert.deepEqual(new Set(Object.values(answers).map(({ recovered }) => recovered)), new Set([true]));
  assert.equal(resetCount(await scene.finish()), 0);
  for (const { resets } of scene.selfChecking) assert.equal(resets, 0);
});
