import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatNumber, formatTable, markdownTable } from '#loadtest/report/table.ts';
import { headerMarkdown } from './header.ts';
import { reportMarkdown } from './report.ts';
import { resultPlot } from './result-plot.ts';
import { parseResults, type StoredResult } from './results.ts';

const result: StoredResult = {
  unit: 'deliveries per CPU second',
  better: 'higher',
  rows: [
    {
      name: 'hub',
      against: 'bare',
      values: [900_000, 1_000_000, 1_100_000],
      ratios: [0.9, 1, 1.1],
      figures: { 'p99 ms': 4.5 },
    },
    { name: 'bare', against: 'bare', values: [1_000_000], ratios: [1], figures: {} },
  ],
  claims: [
    { text: 'hub ÷ bare ≥ 0.85', measured: 1, held: true },
    { text: 'hub ÷ bare ≥ 2', measured: 1, held: false },
  ],
  machine: '2 × Fast CPU, Node 20, Redis 7',
  date: '2026-11-21',
};

const header = `import a from 'a';

/*
 * What is asked?
 *
 *   a ──▶ b
 *
 *         c
 *
 * Timed: everything,
 * in two lines.
 */
const x = 1; /* not this */
`;

test("a bench's question becomes a paragraph, its drawing code, and the rest of the comment stays in the source", () => {
  assert.equal(headerMarkdown(header), 'What is asked?\n\n```text\na ──▶ b\n\n      c\n```');
  assert.equal(headerMarkdown('const x = 1;'), '');
});

test('the page has claims with verdicts, and a section for each bench with machine and date', () => {
  const page = reportMarkdown({ 'fan-out': result }, { 'fan-out': headerMarkdown(header) });
  assert.match(page, /\| \[fan-out\]\(#fan-out\) \| hub ÷ bare ≥ 0\.85 \| 1 \| held \|/);
  assert.match(page, /hub ÷ bare ≥ 2 \| 1 \| \*\*not held\*\* \|/);
  assert.match(page, /## fan-out\n\nWhat is asked\?/);
  assert.match(page, /!\[fan-out\]\(benchmarks\/fan-out\.svg\)/);
  assert.match(page, /\| hub \| 1,000,000 \| 20 % \| 4\.5 \| 1\.00 × \|/);
  assert.match(page, /\| bare \| 1,000,000 \| 0 % \| {2}\| yardstick \|/);
  assert.match(page, /2026-11-21: 2 × Fast CPU, Node 20, Redis 7\./);
  assert.match(page, /2026-11-21, 3 runs\./);
});

test('a plot has a bar and a line of spread for each row, for light and dark pages', () => {
  const svg = resultPlot('fan-out', result);
  assert.equal(svg.match(/<rect class="(bar|yardstick)"/g)?.length, 2);
  assert.equal(svg.match(/class="spread"/g)?.length, 2);
  assert.match(svg, /prefers-color-scheme: dark/);
  assert.match(svg, />1,000,000</);
});

test('what a plot is told can not end its text', () => {
  const svg = resultPlot('a <b> & "c"', result);
  assert.match(svg, /aria-label="a &#60;b&#62; &#38; &#34;c&#34;"/);
  assert.doesNotMatch(svg, /<b>/);
});

test('numbers show three digits that mean something, and thousands apart', () => {
  assert.deepEqual([0.012_345, 1.234, 12.34, 123.4, 1_234_567, 3].map(formatNumber), [
    '0.0123',
    '1.23',
    '12.3',
    '123',
    '1,234,567',
    '3',
  ]);
});

test('tables align for terminals and for Markdown', () => {
  const rows = [
    { name: 'a', size: 1000 },
    { name: 'long', size: '' },
  ];
  assert.equal(formatTable(rows), 'name   size\n   a  1,000\nlong       ');
  assert.equal(markdownTable(rows), '| name | size |\n| --- | ---: |\n| a | 1,000 |\n| long |  |');
});

test('stored results are read, and what is none is refused', () => {
  assert.deepEqual(parseResults(JSON.stringify({ a: result })), { a: result });
  for (const text of ['', '[]', '{"a":1}', '{"a":{"machine":"m","claims":[],"rows":[{}]}}', '<<<<<<< HEAD'])
    assert.equal(parseResults(text), undefined, text);
});
