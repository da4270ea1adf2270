/** One line of a plot; a point for each second of the run. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

export interface Plot {
  readonly title: string;
  readonly unit: string;
  /** Seconds since the run began, one for each value of a series. */
  readonly atSeconds: readonly number[];
  /** The part that was measured, in seconds; drawn as a band. */
  readonly measured: readonly [number, number];
  readonly series: readonly Series[];
}

const width = 860;
const height = 240;
const left = 70;
const bottom = 26;
const top = 10;
const ticks = 4;

/** An SVG with a legend below it; colours are the page's `--line-0` … `--line-7`. */
export function linePlot({ title, unit, atSeconds, measured, series }: Plot): string {
  const end = Math.max(atSeconds.at(-1) ?? 1, 1);
  const most = niceCeiling(Math.max(...series.flatMap(({ values }) => values), 0));
  const x = (seconds: number): number => left + (seconds / end) * (width - left - 10);
  const y = (value: number): number => height - bottom - (value / most) * (height - bottom - top);
  const grid = Array.from({ length: ticks + 1 }, (_, index) => gridLine((index * most) / ticks, y));
  const times = Array.from({ length: 7 }, (_, index) => timeLabel((index * end) / 6, x));
  const band = `<rect class="band" x="${x(measured[0])}" y="${top}" width="${Math.max(x(measured[1]) - x(measured[0]), 0)}" height="${height - bottom - top}"/>`;
  const lines = series.map(({ values }, index) => {
    const points = values.map((value, at) => `${x(atSeconds[at] ?? 0).toFixed(1)},${y(value).toFixed(1)}`);
    return `<polyline style="stroke:var(--line-${index % 8})" points="${points.join(' ')}"/>`;
  });
  const legend = series.map(
    ({ name }, index) =>
      `<span><i style="background:var(--line-${index % 8})"></i>${escapeHtml(name)}</span>`,
  );
  return `<h2>${escapeHtml(title)} <small>${escapeHtml(unit)}</small></h2>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(title)}">${band}${grid.join('')}${times.join('')}${lines.join('')}</svg>
<p class="legend">${legend.join('')}</p>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function gridLine(value: number, y: (value: number) => number): string {
  const at = y(value).toFixed(1);
  return `<line x1="${left}" x2="${width - 10}" y1="${at}" y2="${at}"/><text x="${left - 6}" y="${at}" dy="4" text-anchor="end">${label(value)}</text>`;
}

function timeLabel(seconds: number, x: (seconds: number) => number): string {
  return `<text x="${x(seconds).toFixed(1)}" y="${height - 8}" text-anchor="middle">${seconds.toFixed(0)} s</text>`;
}

function label(value: number): string {
  return value >= 10 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toFixed(2)));
}

/** The next number that can be divided by four in one's head: 1, 2, 4, 8, 10, 20 … */
function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 4, 8, 10].find((step) => step * power >= value) ?? 10);
}
