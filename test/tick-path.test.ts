import assert from 'node:assert/strict';
import { test } from 'node:test';
import { symbolOf } from '#fanout/fixtures.ts';
import type { Fanout } from '#fanout/ports.ts';
import { readMetrics } from './harness/metrics-page.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { resetCount, Scene } from './harness/scene.ts';

const symbolCount = 20;
const deliveredMin = 3000;

interface Listed {
  readonly symbols: readonly { readonly symbol: string; readonly source: string }[];
  readonly sources: readonly { readonly source: string; readonly state: string; readonly symbols: number }[];
}

async function get(port: number, path: string): Promise<Listed> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(30_000) });
  assert.equal(response.status, 200);
  return (await response.json()) as Listed;
}

async function allHaveAPrice({ history }: Fanout, names: readonly string[]): Promise<boolean> {
  const newest = await Promise.all(names.map((name) => history.before(symbolOf(name), undefined, 1)));
  return newest.every((entries) => entries.length === 1);
}

test('what a venue says reaches clients of every format and frequency as it stands in the streams', async (t) => {
  const scene = await Scene.open(t, await startRedis());
  const feed = await scene.startFeed({ SIMULATED_SYMBOLS: symbolCount, SIMULATED_RATE: 500 });
  const hub = await scene.startHub();
  await until(
    'the hub lists the symbols',
    async () => (await get(hub.port, '/symbols')).symbols.length === symbolCount,
  );
  const { symbols: listed } = await get(hub.port, '/symbols');
  assert.deepEqual([...new Set(listed.map(({ source }) => source))], ['simulated']);
  const symbols = listed.map(({ symbol }) => symbol);
  await until('a source leads', async () => {
    const { sources } = await get(hub.port, '/sources');
    return sources.some(({ state, symbols: count }) => state === 'leading' && count === symbolCount);
  });

  await until('every symbol has a price', () => allHaveAPrice(scene.fanout, symbols));

  for (const format of ['json', 'msgpack'] as const)
    for (const frequency of [0, 100])
      await scene.watch(hub.url, `${format} ${frequency}`, { symbols, format, frequency });
  const sdk = scene.useSdk(hub.url, 'sdk', { symbols });
  const delivered = async () => (await readMetrics(hub)).value('tickwire_hub_updates_delivered_total');
  await until('enough is delivered', async () => (await delivered()) > deliveredMin);
  await until('the SDK has updates', () => sdk.updates > symbolCount);

  assert.equal(await feed.end(), 0);
  await scene.readTruth(symbols);
  const report = await scene.finish();
  assert.equal(report.covered > report.delivered, true, 'some updates were conflated');
  assert.equal(resetCount(report), 0);
});
