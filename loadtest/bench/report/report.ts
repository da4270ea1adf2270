import type { BenchResult, RowResult } from '#loadtest/bench/harness/bench.ts';
import { median, spreadPercent } from '#loadtest/bench/harness/statistics.ts';
import { markdownTable, type TableRow } from '#loadtest/report/table.ts';
import type { Results, StoredResult } from './results.ts';

/**
 * The page of all figures.
 * @param headers what each bench says of itself, in Markdown
 */
export function reportMarkdown(results: Results, headers: Readonly<Record<string, string>>): string {
  const names = Object.keys(results).sort();
  const sections = names.flatMap((name) => {
    const result = results[name];
    return result === undefined ? [] : [section(name, result, headers[name] ?? '')];
  });
  return `${[introduction, machines(results), overview(results, names), ...sections].join('\n\n')}\n`;
}

/** A result's rows for people: medians, spreads, ratios. */
export function figureRows({ rows, unit }: BenchResult): TableRow[] {
  const further = [...new Set(rows.flatMap((row) => Object.keys(row.figures)))];
  return rows.map((row) => ({
    row: row.name,
    [unit]: median(row.values),
    'worst to best': `${Math.round(spreadPercent(row.values))} %`,
    ratio: ratioText(row),
    'its spread': row.name === row.against ? '' : `${Math.round(spreadPercent(row.ratios))} %`,
    ...Object.fromEntries(further.map((name) => [name, row.figures[name] ?? ''])),
  }));
}

const introduction = `# Benchmarks

Written by \`npm run bench -- --write\`; change the benches, not this page. Each bench is a file under \`loadtest/bench/\`, whose
opening comment says what is timed; it fails when an update is missing or repeated. Rows take turns (A B B A …) and are compared run by
run. All share one machine: ratios carry over to others, absolute figures do not.

\`\`\`text
npm run bench                        every bench
npm run bench -- encode              one of them
npm run bench -- --compare           fails where a ratio got worse beyond the noise
npm run bench -- --write             writes this page; with names, the other benches keep their figures
\`\`\`

Figures are medians; "worst to best" is the distance of the extreme runs, in percent of the median. \`--compare\` takes half the
distance of the second best from the second worst run as noise, of both sittings together, and at least 15 %. The
stored figures are in [results.json](benchmarks/results.json).`;

function overview(results: Results, names: readonly string[]): string {
  const rows = names.flatMap((name) =>
    (results[name]?.claims ?? []).map(({ text, measured, held }) => ({
      bench: `[${name}](#${name})`,
      claim: text,
      measured: measured,
      verdict: held ? 'held' : '**not held**',
    })),
  );
  return markdownTable(rows);
}

function section(name: string, result: StoredResult, header: string): string {
  return [
    `## ${name}`,
    header,
    `![${name}](benchmarks/${name}.svg)`,
    markdownTable(pageRows(result)),
    `${result.date}, ${result.rows[0]?.values.length ?? 0} runs.`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Of a ratio its median only, and against what where the bench has several yardsticks; the rest is in the stored figures. */
function pageRows(result: StoredResult): TableRow[] {
  const yardsticks = new Set(result.rows.map(({ against }) => against));
  return figureRows(result).map(({ 'its spread': _, ratio = '', ...row }) => ({
    ...row,
    ratio: yardsticks.size > 1 ? ratio : `${ratio}`.replace(/ × .*/, ' ×'),
  }));
}

function machines(results: Results): string {
  const all = new Set(Object.values(results).map(({ machine, date }) => `${date}: ${machine}`));
  return `Machines. ${[...all].toSorted().join('. ')}.`;
}

function ratioText({ name, against, ratios }: RowResult): string {
  return name === against ? 'yardstick' : `${median(ratios).toFixed(2)} × ${against}`;
}
