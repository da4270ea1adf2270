import { escapeXml } from '#loadtest/bench/bar-plot.ts';
import { formatNumber } from '#loadtest/bench/table.ts';

/** A point of a line; a hollow one is a run that did not hold. */
export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  readonly held: boolean;
}

export interface PlotLine {
  readonly name: string;
  readonly points: readonly PlotPoint[];
}

export interface Axes {
  readonly title: string;
  readonly subtitle: string;
  readonly x: string;
  readonly y: string;
}

const width = 760;
const height = 376;
const left = 64;
const right = 24;
const top = 76;
const bottom = 52;
const ticks = 5;

/** Lines over an x axis from 0, as a picture of its own that is readable on light and dark pages. */
export function linePlot({ title, subtitle, x, y }: Axes, lines: readonly PlotLine[]): string {
  const points = lines.flatMap((line) => line.points);
  const xMax = Math.max(...points.map((point) => point.x), 1);
  const yMax = niceCeiling(Math.max(...points.map((point) => point.y), 0));
  const at: Scale = {
    x: (value) => left + (value / xMax) * (width - left - right),
    y: (value) => height - bottom - (value / yMax) * (height - top - bottom),
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">`,
    style,
    `<text class="title" x="8" y="18">${escapeXml(title)}</text>`,
    `<text class="quiet" x="8" y="36">${escapeXml(subtitle)}</text>`,
    ...grid(yMax, at),
    ...[...new Set(points.map((point) => point.x))].map((value) => xLabel(value, at)),
    `<text class="quiet" x="${width - right}" y="${height - 12}" text-anchor="end">${escapeXml(x)}</text>`,
    `<text class="quiet" x="8" y="${top - 14}">${escapeXml(y)}</text>`,
    ...lines.map((line, index) => drawLine(line, index, at)),
    '</svg>\n',
  ].join('\n');
}

interface Scale {
  x(value: number): number;
  y(value: number): number;
}

const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.quiet { font-size: 11px; fill: #57606a }
.grid { stroke: #d0d7de; stroke-width: 1 }
path { fill: none; stroke-width: 2 }
.line0 { stroke: #2f6fbd; fill: #2f6fbd }
.line1 { stroke: #b3541e; fill: #b3541e }
.failed { fill: #ffffff }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .quiet { fill: #9198a1 }
  .grid { stroke: #3d444d }
  .line0 { stroke: #6aa5ec; fill: #6aa5ec }
  .line1 { stroke: #e8935c; fill: #e8935c }
  .failed { fill: #0d1117 }
}
.name { stroke: none }
</style>`;

function grid(yMax: number, at: Scale): string[] {
  return Array.from({ length: ticks + 1 }, (_, index) => {
    const value = (yMax / ticks) * index;
    const y = at.y(value).toFixed(1);
    return [
      `<line class="grid" x1="${left}" x2="${width - right}" y1="${y}" y2="${y}"/>`,
      `<text class="quiet" x="${left - 8}" y="${Number(y) + 4}" text-anchor="end">${formatNumber(value)}</text>`,
    ].join('\n');
  });
}

function xLabel(value: number, at: Scale): string {
  const x = at.x(value).toFixed(1);
  return `<text class="quiet" x="${x}" y="${height - bottom + 16}" text-anchor="middle">${shortNumber(value)}</text>`;
}

function drawLine({ name, points }: PlotLine, index: number, at: Scale): string {
  const kind = `line${index % 2}`;
  const places = points.map(({ x, y, held }) => ({ x: at.x(x).toFixed(1), y: at.y(y).toFixed(1), held }));
  const last = places.at(-1);
  return [
    `<path class="${kind}" style="fill:none" d="${places.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${x} ${y}`).join('')}"/>`,
    ...places.map(
      ({ x, y, held }) => `<circle class="${kind}${held ? '' : ' failed'}" cx="${x}" cy="${y}" r="4"/>`,
    ),
    last === undefined
      ? ''
      : `<text class="${kind} name" x="${last.x}" y="${Number(last.y) - 10}" text-anchor="end">${escapeXml(name)}</text>`,
  ].join('\n');
}

/** The next of 1, 2, 2.5, 5 × a power of ten. */
function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 2.5, 5].find((step) => step * power >= value) ?? 10);
}

/** 18,000 → 18K */
function shortNumber(value: number): string {
  return value >= 1000 ? `${formatNumber(value / 1000)}K` : formatNumber(value);
}
