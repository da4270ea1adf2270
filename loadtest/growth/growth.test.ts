import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from './arguments.ts';
import { linePlot } from './line-plot.ts';
import { linesOf } from './lines.ts';
import { growths, stepsOf } from './plan.ts';
import type { Point } from './point.ts';

const point: Point = {
  growth: 'sockets',
  line: 'every update',
  x: 1000,
  hubCores: 0.1,
  redisCores: 0.1,
  feedCores: 0.1,
  hubCpuSecondsPerMillion: 10,
  deliveriesPerSecond: 1000,
  p99Ms: 12,
  hubMebibytes: 100,
  failures: [],
};

test('every step is a scenario that the swarm takes, and each line grows', () => {
  for (const growth of growths) {
    const steps = stepsOf(growth, 10);
    for (const line of new Set(steps.map((step) => step.line))) {
      const xs = steps.filter((step) => step.line === line).map(({ x }) => x);
      assert.deepEqual(
        xs,
        [...xs].sort((a, b) => a - b),
      );
      assert.ok(xs.length >= 4, growth);
    }
    assert.ok(steps.every(({ scenario }) => scenario.durationSeconds === 10));
  }
});

test('points of a line stay together, and what did not hold is hollow', () => {
  const lines = linesOf([
    point,
    { ...point, line: 'class of 5 s' },
    { ...point, x: 2000, failures: ['p99 was 900 ms'] },
  ]);
  assert.deepEqual(
    lines.map(({ name, points }) => `${name} ${points.length}`),
    ['every update 2', 'class of 5 s 1'],
  );
  const svg = linePlot({ title: 'a <b>', subtitle: 's', x: 'sockets', y: 'cores' }, lines);
  assert.equal(svg.match(/<circle/g)?.length, 3);
  assert.equal(svg.match(/<circle class="line0 failed"/g)?.length, 1);
  assert.match(svg, />2K</);
  assert.match(svg, /prefers-color-scheme: dark/);
  assert.match(svg, /aria-label="a &lt;b&gt;"/);
  assert.doesNotMatch(svg, /NaN/);
});

test('names and seconds are taken, everything else is refused with the usage', () => {
  assert.deepEqual(parseArguments([]), { kind: 'run', growths: ['sockets', 'symbols', 'hubs'], seconds: 10 });
  assert.deepEqual(parseArguments(['--seconds', '3', 'hubs']), {
    kind: 'run',
    growths: ['hubs'],
    seconds: 3,
  });
  const wrong = parseArguments(['clients']);
  assert.ok(wrong.kind === 'problem' && /no clients[\s\S]*npm run growth/.test(wrong.text));
  for (const seconds of ['0', 'x', '1.5', '601'])
    assert.equal(parseArguments(['--seconds', seconds]).kind, 'problem', seconds);
  assert.equal(parseArguments(['--seconds']).kind, 'problem');
  assert.equal(parseArguments(['--help']).kind, 'help');
});
