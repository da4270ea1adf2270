/** The frame of a plot: its titles, and its size in px. */
export interface Picture {
  readonly title: string;
  readonly subtitle: string;
  readonly width: number;
  readonly height: number;
}

/** How many lines have a colour of their own; the next one has the first colour again. */
export const colours = 8;

/**
 * A picture that is readable on light and dark pages, in a file of its own or in the midst of HTML: what its style says
 * is said of `.plot` alone. Title and subtitle take the topmost 44 pixels.
 */
export function svgPicture({ title, subtitle, width, height }: Picture, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">`,
    style,
    `<text class="title" x="8" y="18">${escapeXml(title)}</text>`,
    `<text class="quiet" x="8" y="36">${escapeXml(subtitle)}</text>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

const style = `<style>
.plot { --ink: #24292f; --quiet: #57606a; --grid: #d0d7de; --band: #f2f5fa; --page: #ffffff; --bar: #4c8dd6; --yardstick: #a8b3bf;
  --line-0: #1f6feb; --line-1: #d9480f; --line-2: #2b8a3e; --line-3: #9c36b5; --line-4: #0b7285; --line-5: #c2255c;
  --line-6: #846358; --line-7: #5c5f66 }
@media (prefers-color-scheme: dark) { .plot { --ink: #e6edf3; --quiet: #9198a1; --grid: #3d444d; --band: #1a2029;
  --page: #0d1117; --bar: #3b76bb; --yardstick: #59636e; --line-0: #6cb1ff; --line-1: #ff9f6b; --line-2: #69db7c;
  --line-3: #da8fee; --line-4: #4dd4e6; --line-5: #ff8fb4; --line-6: #c9a89c; --line-7: #b0b4bb } }
.plot text { font: 13px system-ui, sans-serif; fill: var(--ink) }
.plot .title { font-weight: 600 }
.plot .quiet { font-size: 11px; fill: var(--quiet) }
.plot .grid { stroke: var(--grid) }
.plot .band { fill: var(--band) }
.plot .bar { fill: var(--bar) }
.plot .yardstick { fill: var(--yardstick) }
.plot .spread { stroke: var(--ink); stroke-width: 1.5; fill: none }
.plot .line { stroke: var(--colour); stroke-width: 1.5; fill: none }
.plot .point { stroke: var(--colour); stroke-width: 2; fill: var(--colour) }
.plot .failed { fill: var(--page) }
</style>`;

/** Text between tags or in an attribute, of XML and HTML alike. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
