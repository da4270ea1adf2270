/** Cells by the name of their column. */
export type TableRow = Readonly<Record<string, string | number>>;

/** Rows under the names of the first one's columns, as wide as needed and aligned to the right. */
export function formatTable(rows: readonly TableRow[]): string {
  const names = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => names.map((name) => formatCell(row[name])));
  const widths = names.map((name, at) =>
    Math.max(name.length, ...cells.map((line) => (line[at] ?? '').length)),
  );
  const line = (texts: readonly string[]): string =>
    texts.map((text, at) => text.padStart(widths[at] ?? 0)).join('  ');
  return [names, ...cells].map(line).join('\n');
}

/** The same as a table of Markdown; the first column to the left. */
export function markdownTable(rows: readonly TableRow[]): string {
  const names = Object.keys(rows[0] ?? {});
  const line = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
  const align = names.map((_, at) => (at === 0 ? '---' : '---:'));
  const body = rows.map((row) => line(names.map((name) => formatCell(row[name]))));
  return [line(names), line(align), ...body].join('\n');
}

/** Three digits that mean something, and the thousands apart: 0.0123, 1.23, 12.3, 12,346. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en-US');
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

function formatCell(value: string | number | undefined): string {
  return typeof value === 'number' ? formatNumber(value) : (value ?? '');
}
