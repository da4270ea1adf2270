import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linePlot } from './line-plot.ts';

const plot = { title: 'Rate', subtitle: 'of each second', x: 'seconds', y: 'updates/s' };
const line = { name: 'delivered', points: [0, 90, 180].map((y, at) => ({ x: at * 10, y })) };

test('the axes have steps that are easy to read, up to the largest value or a little above', () => {
  const labels = [...linePlot(plot, [line]).matchAll(/text-anchor="(end|middle)">([\d.,K]+)</g)];
  assert.deepEqual(
    labels.map(([, , text]) => text),
    ['0', '50', '100', '150', '200', '0', '5', '10', '15', '20'],
  );
});

test('points that say nothing of whether they held are a line without dots, and a band is shaded', () => {
  const svg = linePlot({ ...plot, band: [5, 20] }, [line]);
  assert.doesNotMatch(svg, /<circle/);
  assert.equal(svg.match(/<rect class="band"/g)?.length, 1);
});

test('nothing to show is an empty plot', () => {
  assert.doesNotMatch(linePlot(plot, []), /NaN|Infinity/);
});

test('in the midst of HTML a plot styles itself alone', () => {
  const style = /<style>([\s\S]*?)<\/style>/.exec(linePlot(plot, [line]))?.[1] ?? '';
  const selectors = [...style.replaceAll(/@media [^{]+\{/g, '').matchAll(/([^{}]+)\{[^}]*\}/g)];
  assert.ok(selectors.length > 5);
  for (const [, selector = ''] of selectors) assert.match(selector.trim(), /^\.plot/);
});
