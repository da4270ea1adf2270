import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { knownMetrics, metricsIn, readRules } from '#deploy/metrics-fixtures.ts';
import { needTool } from '#test/harness/find-tool.ts';
import { root } from '#test/harness/source-files.ts';

const folder = join(root, 'deploy/prometheus/rules');
const files = ['recording.yml', 'alerts.yml'];
const testFiles = ['pages.test.yml', 'tickets.test.yml'];

interface AlertTest {
  readonly alertname: string;
  readonly exp_alerts: readonly unknown[];
}

function alertTests(): readonly AlertTest[] {
  return testFiles.flatMap((name) => {
    const { tests } = parse(readFileSync(join(folder, name), 'utf8')) as {
      tests: readonly { alert_rule_test: readonly AlertTest[] }[];
    };
    return tests.flatMap((one) => one.alert_rule_test);
  });
}

/** The alert's entry of docs/runbook.md; empty when it has none. */
function entryOf(alert: string): string {
  const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
  return runbook.split(/^##+ /m).find((entry) => entry.startsWith(`${alert}\n`)) ?? '';
}

const alerts = readRules('alerts.yml');

test('Prometheus takes the rules, and every one fires where it should and nowhere else', () => {
  const promtool = needTool('promtool', process.env);
  for (const args of [
    ['check', 'rules', ...files],
    ['test', 'rules', ...testFiles],
  ])
    try {
      execFileSync(promtool, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe', timeout: 300_000 });
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      assert.fail(`promtool ${args.join(' ')}: ${stdout}${stderr}`);
    }
});

test('every alert has a test in which it fires and one in which it does not', () => {
  const tests = alertTests();
  for (const { alert = '' } of alerts) {
    const own = tests.filter(({ alertname }) => alertname === alert);
    assert.ok(
      own.some((one) => one.exp_alerts.length > 0),
      `${alert} fires in no test`,
    );
    assert.ok(
      own.some((one) => one.exp_alerts.length === 0),
      `${alert} has no counter-example`,
    );
  }
  assert.ok(alerts.length >= 20);
});

test('an alert says who is to act and where it is written what to do', () => {
  for (const { alert = '', labels, annotations } of alerts) {
    assert.match(labels?.severity ?? '', /^(page|ticket)$/, alert);
    assert.equal(annotations?.runbook_url, `docs/runbook.md#${alert.toLowerCase()}`);
    for (const name of ['summary', 'description']) assert.ok(annotations?.[name], `${alert} has no ${name}`);
  }
  const pages = alerts.filter(({ labels }) => labels?.severity === 'page');
  assert.ok(pages.length <= alerts.length / 4, 'few of them wake somebody');
});

test('the runbook has an entry for each alert, with its four headings, and for no other', () => {
  for (const { alert = '', labels } of alerts) {
    const entry = entryOf(alert);
    assert.notEqual(entry, '', `docs/runbook.md has no entry ${alert}`);
    for (const heading of ['What it means', 'What the user sees', 'What to look at', 'What to do'])
      assert.match(entry, new RegExp(`^\\*\\*${heading}\\.\\*\\* \\S`, 'm'), `${alert}: ${heading}`);
    assert.match(labels?.severity ?? '', isPaged(alert) ? /page/ : /ticket/, alert);
  }
  const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
  const entries = [...runbook.matchAll(/^### (\S+)$/gm)].map((match) => match[1]);
  assert.deepEqual(entries.toSorted(), alerts.map(({ alert }) => alert).toSorted());
});

function isPaged(alert: string): boolean {
  const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
  return runbook.indexOf(`### ${alert}\n`) < runbook.indexOf('\n## Tickets');
}

test('every metric that a rule or the runbook names is one that a process exports', async () => {
  const known = await knownMetrics();
  const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
  const texts = [
    ...files.flatMap(readRules).map(({ expr }) => expr),
    ...(runbook.match(/`tickwire_\w+`/g) ?? []),
  ];
  for (const text of texts) {
    for (const name of metricsIn(text)) assert.ok(known.has(name), `${name} in ${text}`);
    assert.notEqual(metricsIn(text).length, 0, text);
  }
});
