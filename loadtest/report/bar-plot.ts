import { escapeXml, svgPicture } from './svg.ts';
import { formatNumber } from './table.ts';

/** One bar of a plot. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Ends of a line over the bar. */
  readonly spread: readonly [low: number, high: number];
  /** A yardstick is what others are compared with. */
  readonly kind: 'bar' | 'yardstick';
}

const width = 760;
const labelWidth = 250;
const valueWidth = 90;
const rowHeight = 34;
const top = 50;
const barHeight = 16;
/** Of the system's sans-serif at 13 px, on average: enough to know where a label has to be cut. */
const labelCharactersMax = 36;

/** Bars below each other, on one scale. */
export function barPlot(title: string, subtitle: string, bars: readonly Bar[]): string {
  const height = top + bars.length * rowHeight + 8;
  const largest = Math.max(...bars.map(({ spread: [, high] }) => high));
  const scale = (value: number): number => (value / largest) * (width - labelWidth - valueWidth);
  const parts = bars.map((bar, index) => drawBar(bar, top + index * rowHeight, scale));
  return svgPicture({ title, subtitle, width, height }, parts);
}

function drawBar({ name, value, spread, kind }: Bar, y: number, scale: (value: number) => number): string {
  const middle = y + rowHeight / 2;
  const [low, high] = spread.map((end) => (labelWidth + scale(end)).toFixed(1));
  const label = name.length > labelCharactersMax ? `${name.slice(0, labelCharactersMax - 1)}…` : name;
  return [
    `<text x="${labelWidth - 8}" y="${middle + 4}" text-anchor="end">${escapeXml(label)}</text>`,
    `<rect class="${kind}" x="${labelWidth}" y="${middle - barHeight / 2}" width="${scale(value).toFixed(1)}" height="${barHeight}" rx="2"/>`,
    `<path class="spread" d="M${low} ${middle}H${high}M${low} ${middle - 4}v8M${high} ${middle - 4}v8"/>`,
    `<text x="${Number(high) + 8}" y="${middle + 4}">${formatNumber(value)}</text>`,
  ].join('\n');
}
