import assert from 'node:assert/strict';
import { test } from 'node:test';
import { symbolsAt } from '#test/harness/pages.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { until } from '#test/harness/redis/until.ts';
import { Scene } from '#test/harness/scene.ts';
import type { Panel } from './grafana/dashboard.ts';
import { dashboards } from './grafana/dashboard-files.ts';
import { PrometheusProcess, type Series } from './prometheus/prometheus-fixture.ts';

/** What Grafana puts in for the variables, with "All" chosen. */
const variables = { job: '.*', instance: '.*', __rate_interval: '1m' };

function substituted(query: string): string {
  return Object.entries(variables).reduce((text, [name, value]) => text.replaceAll(`$${name}`, value), query);
}

/** What every query of a panel returns now, by legend. */
async function ask(
  prometheus: PrometheusProcess,
  { queries }: Panel,
): Promise<ReadonlyMap<string, readonly Series[]>> {
  const answers = new Map<string, readonly Series[]>();
  for (const [legend, query] of Object.entries(queries))
    answers.set(
      legend,
      (await prometheus.query(substituted(query))).filter(({ value }) => !Number.isNaN(value)),
    );
  return answers;
}

interface Asked {
  readonly board: string;
  readonly panel: Panel;
}

const allPanels: readonly Asked[] = dashboards.flatMap(({ title, answers, graphs }) =>
  [...answers, ...graphs].map((panel) => ({ board: title, panel })),
);

/** Those of `panels` that have a query without an answer. */
async function emptyOf(prometheus: PrometheusProcess, panels: readonly Asked[]): Promise<readonly Asked[]> {
  const answers = await Promise.all(panels.map(({ panel }) => ask(prometheus, panel)));
  return panels.filter((_, i) => [...(answers[i]?.values() ?? [])].some((series) => series.length === 0));
}

test('Prometheus scrapes a loaded cluster, its rules work, and every query of every panel returns data', async (t) => {
  const scene = await Scene.open(t, await startRedis());
  const shared = { HUB_SECRET: 'the-same-for-all-hubs-of-one-installation' };
  const hubs = await Promise.all([scene.startHub(shared), scene.startHub(shared)]);
  const settings = { SIMULATED_SYMBOLS: 20, SIMULATED_RATE: 1000 };
  const feeds = await Promise.all([scene.startFeed(settings), scene.startFeed(settings)]);
  const ports = (all: readonly { readonly operationsPort: number }[]) => all.map((one) => one.operationsPort);
  const prometheus = await PrometheusProcess.start({
    'tickwire-hub': ports(hubs),
    'tickwire-feed': ports(feeds),
  });
  t.after(() => prometheus.stop());
  for (const [i, hub] of hubs.entries()) {
    const symbols = await symbolsAt(hub, 'simulated');
    await scene.watch(hub.url, `every-${i}`, { symbols });
    await scene.watch(hub.url, `often-${i}`, { symbols, format: 'msgpack', frequency: 250 });
  }
  let empty = allPanels;
  await until(
    'every query returns data',
    async () => {
      empty = await emptyOf(prometheus, empty);
      return empty.length === 0;
    },
    45_000,
  ).catch(() =>
    assert.deepEqual(
      empty.map(({ board, panel }) => `${board}: ${panel.title}`),
      [],
    ),
  );

  const targets = await prometheus.targets();
  assert.deepEqual(
    targets.map(({ health, lastError }) => health + lastError),
    ['up', 'up', 'up', 'up'],
  );
  const rules = await prometheus.rules();
  assert.deepEqual(
    rules.filter(({ health }) => health !== 'ok'),
    [],
  );
  assert.deepEqual(
    rules.filter(({ state }) => state === 'firing').map(({ name }) => name),
    [],
  );
  // A scrape may come while some updates wait for their flush.
  await until('clients get what they want', async () => {
    const [ratio] = await prometheus.query(
      'sum(tickwire_hub_updates_delivered_total{class_ms="0"}) / sum(tickwire_hub_updates_expected_total)',
    );
    return ratio !== undefined && ratio.value > 0.99 && ratio.value <= 1;
  });
  for (const { board, panel } of allPanels)
    t.diagnostic(`${board} · ${panel.title}: ${await described(prometheus, panel)}`);
});

async function described(prometheus: PrometheusProcess, panel: Panel): Promise<string> {
  const answers = [...(await ask(prometheus, panel))];
  const texts = answers.map(
    ([legend, series]) => `${legend} ${series.map(({ value }) => rounded(value)).join(' ')}`,
  );
  return `${texts.join('; ')} (${panel.unit})`;
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}
