import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatTable } from '#loadtest/report/table.ts';
import { runScript } from '#runtime/command-line/run-script.ts';
import { findTool } from '#test/harness/find-tool.ts';
import { type BenchOrder, benchCommandLine, benchOrder } from './arguments.ts';
import type { BenchResult } from './harness/bench.ts';
import { runBenchProcess } from './harness/bench-runs.ts';
import { type Comparison, compareResults } from './report/compare.ts';
import { headerMarkdown } from './report/header.ts';
import { describeMachine } from './report/machine.ts';
import { figureRows, reportMarkdown } from './report/report.ts';
import { resultPlot } from './report/result-plot.ts';
import { type Results, readResults, writeResults } from './report/results.ts';

/** `npm run bench`; see `benchCommandLine`. Returns the exit code: 1 when a claim is not held or a ratio got worse. */
async function main({ names, figures }: BenchOrder): Promise<number> {
  const stored = readResults(resultsPath);
  const redis = findTool('redis-server', process.env, root);
  if (redis === undefined) {
    console.error('The benches need Redis 7: install redis-server, or set TICKWIRE_TEST_REDIS_SERVER.');
    return 1;
  }
  Object.assign(process.env, redis); // the benches start Redis as the tests do
  const { results, failed } = await runAll(names);
  if (figures === 'store') store(stored, results);
  const worse = figures === 'compare' ? printComparison(stored, results) : [];
  for (const problem of [...failed, ...worse]) console.error(`✗ ${problem}`);
  return failed.length + worse.length === 0 ? 0 : 1;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'loadtest', 'bench');
const plotsFolder = join(root, 'docs', 'benchmarks');
const resultsPath = join(plotsFolder, 'results.json');
const suffix = '.bench.ts';

/** Path of each bench by its name, in the order of their names. */
const benchFiles: ReadonlyMap<string, string> = new Map(
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(suffix))
    .map((file) => [basename(file, suffix), join(folder, file)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1)),
);

function benchFile(name: string): string {
  const file = benchFiles.get(name);
  if (file === undefined) throw new Error(`there is no bench ${name}`);
  return file;
}

interface Outcome {
  readonly results: Readonly<Record<string, BenchResult>>;
  readonly failed: readonly string[];
}

async function runAll(names: readonly string[]): Promise<Outcome> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const results: Record<string, BenchResult> = {};
  const failed: string[] = [];
  for (const [index, name] of names.entries()) {
    if (stop.signal.aborted) break;
    console.log(`\n── ${name} (${index + 1} of ${names.length}) ──`);
    const startedAt = performance.now();
    const report = await runBenchProcess(benchFile(name), stop.signal);
    const took = `${Math.round((performance.now() - startedAt) / 1000)} s`;
    if ('failure' in report) failed.push(`${name}: ${report.failure} (after ${took})`);
    else {
      results[name] = report.result;
      console.log(`\n${formatTable(figureRows(report.result))}\n${name} took ${took}`);
      failed.push(...notHeld(name, report.result));
    }
  }
  return { results, failed };
}

function notHeld(name: string, { claims }: BenchResult): string[] {
  return claims
    .filter(({ held }) => !held)
    .map(({ text, measured }) => `${name}: ${text} is not held, it is ${measured.toPrecision(3)}`);
}

/** Returns what got worse. */
function printComparison(stored: Results, results: Outcome['results']): string[] {
  const rows = compareResults(stored, results);
  const percent = (value: number): string => (Number.isNaN(value) ? '' : `${value.toFixed(1)} %`);
  const ratio = (value: number): string => (Number.isNaN(value) ? '' : value.toFixed(3));
  const shown = rows.map(({ bench, row, old, now, changePercent, noisePercent, verdict }) => ({
    bench,
    row,
    stored: ratio(old),
    now: ratio(now),
    'better by': percent(changePercent),
    noise: percent(noisePercent),
    verdict,
  }));
  if (shown.length > 0) console.log(`\n${formatTable(shown)}`);
  return rows.filter(({ verdict }) => verdict === 'worse').map(worseText);
}

function worseText({ bench, row, old, now, noisePercent }: Comparison): string {
  const change = `${old.toFixed(3)} → ${now.toFixed(3)}`;
  return `${bench}: the ratio of ${row} got worse, ${change}, by more than the noise of ${noisePercent.toFixed(1)} %`;
}

/** Writes the new figures beside the old ones of other benches. A bench that is gone takes its figures along. */
function store(stored: Results, measured: Outcome['results']): void {
  const names = [...benchFiles.keys()];
  const place = {
    machine: describeMachine(process.env.TICKWIRE_TEST_REDIS_SERVER ?? 'redis-server'),
    date: new Date().toISOString().slice(0, 10),
  };
  const fresh = Object.entries(measured).map(([name, result]) => [name, { ...result, ...place }] as const);
  const kept = Object.entries(stored).filter(([name]) => names.includes(name));
  const results: Results = Object.fromEntries([...kept, ...fresh]);
  const headers = names.map((name) => [name, headerMarkdown(readFileSync(benchFile(name), 'utf8'))]);
  mkdirSync(plotsFolder, { recursive: true });
  writeResults(resultsPath, results);
  for (const [name, result] of fresh)
    writeFileSync(join(plotsFolder, `${name}.svg`), resultPlot(name, result));
  writeFileSync(join(root, 'docs', 'benchmarks.md'), reportMarkdown(results, Object.fromEntries(headers)));
}

const known = [...benchFiles.keys()];
process.exitCode = await runScript(benchCommandLine(known), process.argv.slice(2), process, (asked) =>
  main(benchOrder(asked, known)),
);
