import { colours, escapeXml, svgPicture } from './svg.ts';
import { formatNumber } from './table.ts';

/** One point of a line. */
export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  /** Drawn as a dot where it is said; a hollow one is a run that did not hold. */
  readonly held?: boolean;
}

/** One line of a plot, with its name in the legend. */
export interface PlotLine {
  readonly name: string;
  readonly points: readonly PlotPoint[];
}

/** A plot of lines over one x axis. */
export interface LinePlot {
  readonly title: string;
  readonly subtitle: string;
  /** What the x axis counts, from 0. */
  readonly x: string;
  readonly y: string;
  /** A part of the x axis that is shaded. */
  readonly band?: readonly [from: number, to: number];
}

const width = 860;
const height = 320;
const left = 70;
const right = 24;
const top = 84;
const bottom = 48;
const ticks = 5;

/** Lines over axes that begin at 0, each named in its colour. */
export function linePlot({ title, subtitle, x, y, band }: LinePlot, lines: readonly PlotLine[]): string {
  const points = lines.flatMap((line) => line.points);
  const largest = {
    x: Math.max(...points.map((at) => at.x), 1),
    y: Math.max(...points.map((at) => at.y), 0),
  };
  const [xSteps, ySteps] = [stepsTo(largest.x), stepsTo(largest.y)];
  const yMax = Math.max(...ySteps);
  const at: Scale = {
    x: (value) => round(left + (value / largest.x) * (width - left - right)),
    y: (value) => round(height - bottom - (value / yMax) * (height - top - bottom)),
  };
  return svgPicture({ title, subtitle, width, height }, [
    ...(band === undefined ? [] : [drawBand(band, at)]),
    ...ySteps.map((value) => yLine(value, at)),
    ...xSteps.filter((value) => value <= largest.x).map((value) => xLabel(value, at)),
    `<text class="quiet" x="${width - right}" y="${height - 12}" text-anchor="end">${escapeXml(x)}</text>`,
    `<text class="quiet" x="8" y="${top - 12}">${escapeXml(y)}</text>`,
    ...lines.map((line, index) => drawLine(line, index, at)),
    legend(lines),
  ]);
}

interface Scale {
  x(value: number): number;
  y(value: number): number;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

/** From 0 to `max` or a little above, at most `ticks` steps that are easy to read. */
function stepsTo(max: number): number[] {
  const step = niceCeiling(max / ticks);
  return Array.from({ length: Math.max(1, Math.ceil(max / step)) + 1 }, (_, index) => index * step);
}

function drawBand([from, to]: readonly [number, number], at: Scale): string {
  const wide = round(Math.max(at.x(to) - at.x(from), 0));
  return `<rect class="band" x="${at.x(from)}" y="${top}" width="${wide}" height="${height - bottom - top}"/>`;
}

function yLine(value: number, at: Scale): string {
  const y = at.y(value);
  return [
    `<line class="grid" x1="${left}" x2="${width - right}" y1="${y}" y2="${y}"/>`,
    `<text class="quiet" x="${left - 8}" y="${y + 4}" text-anchor="end">${formatNumber(value)}</text>`,
  ].join('\n');
}

function xLabel(value: number, at: Scale): string {
  return `<text class="quiet" x="${at.x(value)}" y="${height - bottom + 16}" text-anchor="middle">${shortNumber(value)}</text>`;
}

function drawLine({ points }: PlotLine, index: number, at: Scale): string {
  const path = points.map(({ x, y }, place) => `${place === 0 ? 'M' : 'L'}${at.x(x)} ${at.y(y)}`).join('');
  const dots = points
    .filter(({ held }) => held !== undefined)
    .map(
      ({ x, y, held }) =>
        `<circle class="point${held ? '' : ' failed'}" cx="${at.x(x)}" cy="${at.y(y)}" r="4"/>`,
    );
  return [`<g style="${colourOf(index)}">`, `<path class="line" d="${path}"/>`, ...dots, '</g>'].join('\n');
}

/** Above the right end of the plot, from right to left. */
function legend(lines: readonly PlotLine[]): string {
  const names = lines.map(
    ({ name }, index) =>
      `<tspan dx="${index === 0 ? 0 : 14}" style="fill:var(--line-${index % colours})">— ${escapeXml(name)}</tspan>`,
  );
  return `<text class="legend" x="${width - right}" y="${top - 12}" text-anchor="end">${names.join('')}</text>`;
}

function colourOf(index: number): string {
  return `--colour: var(--line-${index % colours})`;
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
