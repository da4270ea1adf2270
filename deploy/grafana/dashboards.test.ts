import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { knownMetrics, metricsIn } from '#deploy/metrics-fixtures.ts';
import { root } from '#test/harness/source-files.ts';
import type { Dashboard, Panel } from './dashboard.ts';
import { dashboardFiles, dashboards } from './dashboard-files.ts';

const folder = join(root, 'deploy/grafana/dashboards');

interface GrafanaPanel {
  readonly id: number;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource: { readonly uid: string };
  readonly targets: readonly { readonly datasource: { readonly uid: string } }[];
  readonly fieldConfig: { readonly defaults: { readonly unit: string } };
}

interface GrafanaDashboard {
  readonly uid: string;
  readonly templating: { readonly list: readonly { readonly name: string }[] };
  readonly panels: readonly GrafanaPanel[];
}

function panelsOf({ answers, graphs }: Dashboard): readonly Panel[] {
  return [...answers, ...graphs];
}

test('the files that Grafana imports are those that npm run dashboards writes', () => {
  assert.deepEqual(readdirSync(folder).toSorted(), [...dashboardFiles.keys()].toSorted());
  for (const [name, text] of dashboardFiles)
    assert.equal(readFileSync(join(folder, name), 'utf8'), text, `${name}: run npm run dashboards`);
});

for (const dashboard of dashboards)
  describe(dashboard.title, () => {
    const { uid, answers } = dashboard;
    const panels = panelsOf(dashboard);
    const grafana = JSON.parse(dashboardFiles.get(`${uid}.json`) ?? '{}') as GrafanaDashboard;

    test('has panels of different names that say what they are, what is good, and in which unit', () => {
      assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length);
      for (const { title, description, queries } of panels) {
        assert.match(description, /^[A-Z0-9].{20,}\.$/, title);
        assert.ok(Object.keys(queries).length > 0, title);
      }
      assert.ok(grafana.panels.every(({ fieldConfig }) => fieldConfig.defaults.unit !== ''));
    });

    test('begins with a row of at most six that say whether all is right, most of them with thresholds', () => {
      assert.ok(answers.length <= 6 && 24 % answers.length === 0);
      assert.ok(answers.filter(({ thresholds }) => thresholds !== undefined).length >= answers.length / 2);
      for (const { title, thresholds = [] } of panels) {
        const from = thresholds.map((step) => step.from);
        assert.deepEqual(
          from,
          [...new Set(from)].toSorted((a, b) => a - b),
          title,
        );
        if (thresholds.length > 0) assert.match(dashboardText(dashboard, title), /Good: |Good |limit/, title);
      }
    });

    test('has panels with ids of their own that do not lie on each other', () => {
      assert.equal(new Set(grafana.panels.map(({ id }) => id)).size, panels.length);
      for (const [i, { gridPos: a }] of grafana.panels.entries())
        for (const { gridPos: b } of grafana.panels.slice(i + 1))
          assert.ok(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y);
    });

    test('asks the Prometheus that was chosen, for variables that there are', () => {
      const names = new Set(grafana.templating.list.map(({ name }) => name));
      assert.deepEqual([...names], ['datasource', 'job', 'instance']);
      for (const { datasource, targets } of grafana.panels)
        for (const { uid: asked } of [datasource, ...targets.map((target) => target.datasource)])
          assert.equal(asked, '$datasource');
      const used = panels.flatMap(({ queries }) => Object.values(queries).join(' ').match(/\$\w+/g) ?? []);
      for (const name of new Set(used))
        assert.ok(names.has(name.slice(1)) || name === '$__rate_interval', name);
    });

    test('asks for metrics that processes export', async () => {
      const known = await knownMetrics();
      for (const { title, queries } of panels)
        for (const query of Object.values(queries))
          for (const name of metricsIn(query)) assert.ok(known.has(name), `${title}: ${name}`);
      assert.ok(known.has(dashboard.chosenBy), dashboard.chosenBy);
    });
  });

function dashboardText(dashboard: Dashboard, title: string): string {
  return panelsOf(dashboard).find((panel) => panel.title === title)?.description ?? '';
}

test('dashboards have ids and titles of their own', () => {
  assert.equal(new Set(dashboards.map(({ uid }) => uid)).size, dashboards.length);
  assert.equal(new Set(dashboards.map(({ title }) => title)).size, dashboards.length);
});

test('the panels that the runbook sends its reader to are there', () => {
  const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8').replace(/\s+/g, ' ');
  const named = [...runbook.matchAll(/\*(Overview|Hub|Fan-out|Adapter)\*[^"*]*"([^"]+)"/g)];
  assert.ok(named.length > 8);
  for (const [, board = '', title] of named) {
    const dashboard = dashboards.find((one) => one.title === `Tickwire ${board.toLowerCase()}`);
    const titles = dashboard === undefined ? [] : panelsOf(dashboard).map((panel) => panel.title);
    assert.ok(titles.includes(title ?? ''), `${board}: ${title}`);
  }
});
