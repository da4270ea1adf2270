import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { replaceMarked } from '#loadtest/bench/report/marked-section.ts';
import { linePlot } from '#loadtest/report/line-plot.ts';
import { CommandLineError, readCommandLine } from '#runtime/command-line/read.ts';
import { commandLine, growthOrder } from './arguments.ts';
import { capacityMarkdown } from './capacity.ts';
import { costsOf } from './costs.ts';
import { leastCosts } from './fit.ts';
import { linesOf } from './lines.ts';
import { growths, stepsOf } from './plan.ts';
import { type Point, wantedShare } from './point.ts';

const point: Point = {
  growth: 'sockets',
  line: 'every update',
  x: 1000,
  hubs: 1,
  sockets: 1000,
  frequencyMs: 0,
  ticksPerSecond: 10_000,
  symbolsWanted: 4758,
  receivedPerSecond: 952,
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
  assert.equal(svg.match(/<circle class="point failed"/g)?.length, 1);
  assert.match(svg, />2K</);
  assert.match(svg, /prefers-color-scheme: dark/);
  assert.match(svg, /aria-label="a &#60;b&#62;"/);
  assert.doesNotMatch(svg, /NaN/);
});

test('names and seconds are taken, everything else is refused', () => {
  const parseArguments = (args: readonly string[]) => growthOrder(readCommandLine(commandLine, args));
  const all = { growths: ['sockets', 'symbols', 'hubs'], seconds: 8, write: false };
  assert.deepEqual(parseArguments([]), all);
  assert.deepEqual(parseArguments(['--seconds', '3', 'hubs', '--write']), {
    growths: ['hubs'],
    seconds: 3,
    write: true,
  });
  assert.throws(() => parseArguments(['clients']), /NAME is clients, but must be one of sockets/);
  for (const seconds of ['0', 'x', '1.5', '601'])
    assert.throws(() => parseArguments(['--seconds', seconds]), /from 1 to 600/, seconds);
  assert.throws(() => parseArguments(['--seconds']), CommandLineError);
});

test('the fit finds what each thing costs from points that are made of it', () => {
  const points = growths.flatMap((growth) =>
    stepsOf(growth, 10).map((step): Point => {
      const { sockets, frequency, target } = step.scenario;
      assert.ok('stage' in target);
      const { hubs, feed } = target.stage;
      const share = hubs * wantedShare(sockets / hubs, step.scenario.symbolsPerSocket, feed.symbols);
      const [received, wanted] = [share * feed.ticksPerSecond, share * feed.symbols];
      const deliveries = sockets * 5;
      const perDelivery = frequency > 0 ? 8e-6 : 12e-6;
      return {
        ...point,
        ...{ growth: step.growth, line: step.line, x: step.x, hubs, sockets, frequencyMs: frequency },
        ...{ ticksPerSecond: feed.ticksPerSecond, symbolsWanted: wanted, receivedPerSecond: received },
        hubCores: 0.01 * hubs + 5e-6 * received + perDelivery * deliveries,
        redisCores: 3e-6 * feed.ticksPerSecond + 1e-6 * received,
        feedCores: 7e-6 * feed.ticksPerSecond,
        deliveriesPerSecond: deliveries,
        hubMebibytes: (60e6 * hubs + 2400 * sockets + 1000 * wanted) / 1_048_576,
      };
    }),
  );
  const { worst, ...costs } = costsOf(points);
  const expected = {
    ...{ hubIdleCores: 0.01, receiveSeconds: 5e-6, deliverSeconds: 12e-6, deliverClassSeconds: 8e-6 },
    ...{ appendSeconds: 3e-6, sendSeconds: 1e-6, feedSeconds: 7e-6 },
    ...{ hubBytes: 60e6, socketBytes: 2400, symbolBytes: 1000 },
  };
  for (const [name, value] of Object.entries(expected)) {
    const found = costs[name as keyof typeof costs];
    assert.ok(Math.abs(found / value - 1) < 1e-6, `${name} is ${found}, not ${value}`);
  }
  assert.ok(Math.abs(worst.fittedCores - worst.point.hubCores) < 1e-9);

  const page = capacityMarkdown(points, { ...costs, worst }, 'here');
  assert.match(page, /\| hubs \| 500,000 ÷ 15,000 = 34; .* \| 51 pods \|/);
  assert.match(page, /\| CPU of a hub, to send \| 15,000\/s × 8 µs \+ 0\.01 \| 0\.13 cores \|/);
  assert.doesNotMatch(page, /NaN|undefined/);
});

test('points that do not tell the costs apart are refused', () => {
  assert.throws(() => costsOf([point, point]), /measure more of them/);
});

test('docs/capacity.md has a place for the figures', () => {
  const page = readFileSync(new URL('../../docs/capacity.md', import.meta.url), 'utf8');
  assert.match(replaceMarked(page, 'growth', 'figures', 'docs/capacity.md'), /-->\n\nfigures\n\n<!--/);
});

test('what the points would have cost less than nothing counts as 0, and the rest is fitted without it', () => {
  const rows = [
    [1, 1],
    [1, 2],
    [1, 3],
  ];
  const [fixed = 0, each = 0] = leastCosts(rows, [10, 9, 8]);
  assert.equal(each, 0);
  assert.ok(Math.abs(fixed - 9) < 1e-9, `${fixed}`);
});
