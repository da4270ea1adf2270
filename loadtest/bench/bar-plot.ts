import type { BenchResult, RowResult } from './bench.ts';
import { median } from './statistics.ts';
import { formatNumber } from './table.ts';

const width = 760;
const labelWidth = 250;
const valueWidth = 90;
const rowHeight = 34;
const top = 34;
const barHeight = 16;
/** Of the system's sans-serif at 13 px, on average: enough to know where a label has to be cut. */
const labelCharactersMax = 36;

/**
 * The rows of a result as bars of their medians, each with a line from its worst to its best run, as a
 * picture of its own: it is readable on light and dark pages.
 */
export function barPlot(title: string, result: BenchResult): string {
  const { rows, unit, better } = result;
  const height = top + rows.length * rowHeight + 8;
  const largest = Math.max(...rows.flatMap(({ values }) => values));
  const scale = (value: number): number => (value / largest) * (width - labelWidth - valueWidth);
  const subtitle = `${unit}, ${better} is better; line: worst to best run`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">`,
    style,
    `<text class="title" x="8" y="18">${escapeXml(title)}</text>`,
    `<text class="quiet" x="${width - 8}" y="18" text-anchor="end">${escapeXml(subtitle)}</text>`,
    ...rows.map((row, index) => bar(row, top + index * rowHeight, scale)),
    '</svg>\n',
  ].join('\n');
}

/** Text between tags or in an attribute. */
export function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.quiet { font-size: 11px; fill: #57606a }
.bar { fill: #4c8dd6 }
.yardstick { fill: #a8b3bf }
.spread { stroke: #24292f; stroke-width: 1.5; fill: none }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .quiet { fill: #9198a1 }
  .bar { fill: #3b76bb }
  .yardstick { fill: #59636e }
  .spread { stroke: #e6edf3 }
}
</style>`;

function bar({ name, against, values }: RowResult, y: number, scale: (value: number) => number): string {
  const middle = y + rowHeight / 2;
  const at = (value: number): string => (labelWidth + scale(value)).toFixed(1);
  const [low, high] = [at(Math.min(...values)), at(Math.max(...values))];
  const value = median(values);
  const kind = name === against ? 'yardstick' : 'bar';
  const label = name.length > labelCharactersMax ? `${name.slice(0, labelCharactersMax - 1)}…` : name;
  return [
    `<text x="${labelWidth - 8}" y="${middle + 4}" text-anchor="end">${escapeXml(label)}</text>`,
    `<rect class="${kind}" x="${labelWidth}" y="${middle - barHeight / 2}" width="${scale(value).toFixed(1)}" height="${barHeight}" rx="2"/>`,
    `<path class="spread" d="M${low} ${middle}H${high}M${low} ${middle - 4}v8M${high} ${middle - 4}v8"/>`,
    `<text x="${Number(high) + 8}" y="${middle + 4}">${formatNumber(value)}</text>`,
  ].join('\n');
}
