import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HubMessage } from '#protocol/messages.ts';
import { readMetrics } from './harness/metrics-page.ts';
import type { HubProcess } from './harness/processes.ts';
import { freePort } from './harness/redis/free-ports.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { patientMs, until } from './harness/redis/until.ts';
import { Scene, symbolNames } from './harness/scene.ts';

const symbols = symbolNames(20);
const drainMs = 1500;
const sdkClients = 20;
const rawClients = 5;

async function sockets(hub: HubProcess): Promise<number> {
  return (await readMetrics(hub)).value('tickwire_hub_sockets');
}

/** Status and text of the readiness probe. */
async function readiness({ operationsPort }: HubProcess): Promise<string> {
  const url = `http://127.0.0.1:${operationsPort}/readyz`;
  const response = await fetch(url, { signal: AbortSignal.timeout(patientMs) });
  return `${response.status} ${await response.text()}`;
}

test('a hub that is told to end sends its clients to another, and none of them misses anything', async (t) => {
  const scene = await Scene.open(t, await startRedis());
  const publisher = await scene.createPublisher(symbols, { rate: 1000 });
  await publisher.burst(symbols.length);
  publisher.start();
  const shared = { PORT: await freePort(), SHARE_PORT: 1, DRAIN_MS: drainMs };
  const leaving = await scene.startHub(shared);
  const url = `ws://127.0.0.1:${shared.PORT}/ws`;
  const moving = Array.from({ length: sdkClients }, (_, i) => scene.useSdk(url, `sdk ${i}`, { symbols }));
  const watched = await Promise.all(
    Array.from({ length: rawClients }, (_, i) => scene.watch(url, `raw ${i}`, { symbols })),
  );
  await until('all have begun', () => moving.every((client) => client.updates > symbols.length));
  assert.equal(await sockets(leaving), sdkClients + rawClients);
  const staying = await scene.startHub(shared);

  const goodbyes = watched.map(({ raw }) => raw.waitFor(isGoodbye)); // from before: few messages are kept
  const endedAt = performance.now();
  const exit = leaving.end('SIGTERM');
  await until('it is not ready any more', async () => /^503.*draining/s.test(await readiness(leaving)));
  const delays = (await Promise.all(goodbyes)).map((said) =>
    said.type === 'goodbye' ? said.reconnect_after_ms : assert.fail(said.type),
  );
  assert.ok(Math.max(...delays) <= drainMs);
  assert.ok(new Set(delays).size > 1, 'they are not to come all at once');
  await until('the SDK clients have moved', async () => (await sockets(staying)) === sdkClients);
  for (const client of watched) await client.reconnect(url);
  assert.equal(await exit, 0);
  t.diagnostic(`it ended after ${Math.round(performance.now() - endedAt)} ms`);

  await scene.advance(symbols, 5);
  await scene.finish();
  for (const { resets, name } of scene.selfChecking) assert.equal(resets, 0, name);
  assert.equal(await sockets(staying), sdkClients + rawClients);
});

function isGoodbye(message: HubMessage): boolean {
  return message.type === 'goodbye';
}
