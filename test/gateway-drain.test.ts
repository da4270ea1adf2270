import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startGateway } from './harness/gateway-process.ts';
import { readMetrics } from './harness/metrics-page.ts';
import type { HubProcess } from './harness/processes.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { Scene, symbolNames } from './harness/scene.ts';
import type { WatchedClient } from './harness/watched-client.ts';

const symbols = symbolNames(40);
const rate = 200;
const sdkCount = 40;
const rawCount = 10;
/** Long enough for HAProxy to notice, and to be asked about it, before the last socket leaves. */
const drainMs = 6000;
/**
 * No SDK client is without an update for so long, of 40 symbols that change five times a second each; the time that
 * the test's own process stood still is left out. A second does on an idle machine; who waits for more than this on a busy
 * one was forgotten.
 */
const silenceMaxMs = 30_000;
const lookMs = 20;

/** Measures from now on how long this process stands still; the function returned says the longest, in ms. */
function watchOwnPauses(t: TestContext): () => number {
  let longestMs = 0;
  let lookedAt = performance.now();
  const timer = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - lookedAt - lookMs);
    lookedAt = performance.now();
  }, lookMs);
  t.after(() => clearInterval(timer));
  return () => Math.round(longestMs);
}

async function sockets(hub: HubProcess): Promise<number> {
  return (await readMetrics(hub)).value('tickwire_hub_sockets');
}

/** Does what a client without the SDK has to: reconnects when the goodbye says, and asks for what it missed. */
async function move(client: WatchedClient, url: string): Promise<void> {
  const said = await client.raw.waitForType('goodbye');
  await delay(said.reconnect_after_ms);
  await client.raw.cut();
  await client.reconnect(url);
}

test('each hub behind the gateway is drained and replaced under load: no gap, no duplicate, no stall', async (t) => {
  const scene = await Scene.open(t, await startRedis());
  const publisher = await scene.createPublisher(symbols, { rate });
  await publisher.burst(symbols.length);
  publisher.start();
  const settings = { TRUSTED_PROXIES: '127.0.0.1', DRAIN_MS: drainMs };
  const hubs = await Promise.all([scene.startHub(settings), scene.startHub(settings)]);
  const named = hubs.map(({ port, operationsPort }, i) => ({ id: `hub-${i}`, port, operationsPort }));
  const gateway = await startGateway(t, named);
  const { url } = gateway;
  const status = (i: number): Promise<string> => gateway.statistic(`sockets/hub-${i}`, 'status');
  for (let i = 0; i < sdkCount; i++) {
    const connect = { format: i % 2 === 0 ? 'json' : 'msgpack' } as const;
    scene.useSdk(url, `sdk ${i}`, { symbols, frequency: i % 4 === 3 ? 100 : 0, connect });
  }
  const raw = await Promise.all(
    // Each names a hub, and goes on naming it when that is away.
    Array.from({ length: rawCount }, async (_, i) => {
      const own = `${url}?node=hub-${i % 2}`;
      return { url: own, hub: i % 2, client: await scene.watch(own, `raw ${i}`, { symbols }) };
    }),
  );
  await until('all have begun', () => scene.selfChecking.every(({ updates }) => updates > symbols.length));
  for (const client of scene.selfChecking) client.forgetSilence();
  const ownPauseMs = watchOwnPauses(t);

  let moved = 0;
  for (const [i, leaving] of hubs.entries()) {
    const held = await sockets(leaving);
    assert.ok(held > 0, 'it has clients to lose');
    const moving = raw.filter(({ hub }) => hub === i);
    const moves = Promise.all(moving.map(({ client, url }) => move(client, url)));
    const exit = leaving.end('SIGTERM');
    await until('the gateway takes it out', async () => (await status(i)) === 'DOWN');
    assert.ok((await sockets(leaving)) > 0, 'out of balancing, its sockets are not cut');
    await moves;
    assert.equal(await exit, 0);
    for (const client of moving) client.hub = 1 - i;
    moved += held;
    const { port, operationsPort } = leaving;
    await scene.startHub({ ...settings, PORT: port, OPERATIONS_PORT: operationsPort });
    await until('the gateway takes it in again', async () => (await status(i)) === 'UP');
  }
  await scene.advance(symbols, 5);
  const report = await scene.finish();
  const { published, delivered, covered, snapshots, gaps, duplicates } = report;
  for (const { resets, name } of scene.selfChecking) assert.equal(resets, 0, name);
  assert.equal(
    Object.values(report.resets).reduce((sum, count) => sum + count),
    0,
    'and nobody was told of a loss',
  );
  assert.equal(duplicates, 0);
  assert.ok(moved >= sdkCount + rawCount, 'all have moved');
  const silences = scene.selfChecking.map(({ longestSilenceMs }) => Math.round(longestSilenceMs));
  silences.sort((a, b) => a - b);
  const totals = { moved, published, delivered, covered, snapshots, gaps, duplicates };
  t.diagnostic(
    `the raw clients: ${JSON.stringify(totals)}; longest silence of each SDK client, ms: ${silences.join(' ')}`,
  );
  t.diagnostic(`longest pause of the test's own process: ${ownPauseMs()} ms`);
  assert.ok((silences.at(-1) ?? 0) < silenceMaxMs + ownPauseMs(), `somebody waited ${silences.at(-1)} ms`);
});
