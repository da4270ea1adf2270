import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { createProgress } from './progress.ts';
import { htmlReport } from './report-html.ts';
import type { Result } from './result.ts';
import { type RunDeps, runScenario } from './run.ts';
import { parseScenario, type Scenario, SwarmError } from './scenario.ts';
import { startStage } from './stage.ts';
import { checkSystem } from './system-limits.ts';
import { number, tableOf } from './table.ts';
import type { Target } from './target.ts';
import { urlTarget } from './url-target.ts';

const usage = 'npm run swarm -- FILE.json [--report DIR] [--cpu-prof]';

/** `npm run swarm`: one scenario, its report, and exit code 0 only when everything holds. */
async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { report: { type: 'string' }, 'cpu-prof': { type: 'boolean' } },
  });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) throw new SwarmError(usage);
  const scenario = parseScenario(readFileSync(file, 'utf8'), file);
  checkSystem(scenario, readFileSync('/proc/self/limits', 'utf8'), readPortRange());
  const folder = values.report ?? join('reports', basename(file, '.json'));
  const workerArguments = values['cpu-prof'] === true ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : [];
  return run(scenario, folder, workerArguments);
}

async function run(scenario: Scenario, folder: string, workerArguments: readonly string[]): Promise<number> {
  mkdirSync(folder, { recursive: true });
  const interrupted = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
  const deps = { interrupted, workerArguments };
  if (scenario.rates !== undefined) return findLimit(scenario, scenario.rates, folder, deps);
  const result = await measure(scenario, folder, deps);
  return result.failures.length === 0 ? 0 : 1;
}

/** One stage and one report for each rate, until one is not held. */
async function findLimit(
  scenario: Scenario,
  rates: readonly number[],
  folder: string,
  deps: Omit<RunDeps, 'progress'>,
): Promise<number> {
  let held: Result | undefined;
  for (const rate of rates) {
    const result = await measure(atRate(scenario, rate), join(folder, String(rate)), deps);
    if (result.failures.length > 0) break;
    held = result;
  }
  console.log(
    held === undefined
      ? 'not even the first rate was held'
      : `highest rate held: ${number(held.updatesPerSecond)} updates/s, p99 ${held.latencyMs.p99} ms`,
  );
  return held === undefined ? 1 : 0;
}

async function measure(scenario: Scenario, folder: string, deps: Omit<RunDeps, 'progress'>): Promise<Result> {
  const target = await startTarget(scenario);
  console.log(target.processes.map(({ name, pid }) => `${name} is process ${pid}`).join(', '));
  const progress = createProgress(process.stdout);
  try {
    const result = await runScenario(scenario, target, { ...deps, progress: progress.show });
    progress.done();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'report.json'), `${JSON.stringify(result, undefined, 2)}\n`);
    writeFileSync(join(folder, 'report.html'), htmlReport(result));
    console.log(`${tableOf(result)}\nreport: ${join(folder, 'report.html')}`);
    return result;
  } finally {
    await target.stop();
  }
}

function atRate(scenario: Scenario, ticksPerSecond: number): Scenario {
  if (!('stage' in scenario.target)) return scenario;
  const { stage } = scenario.target;
  return { ...scenario, target: { stage: { ...stage, feed: { ...stage.feed, ticksPerSecond } } } };
}

function startTarget({ target, format }: Scenario): Promise<Target> {
  return 'stage' in target ? startStage(target.stage, format) : urlTarget(target.urls, format);
}

function readPortRange(): string {
  return readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  const mendable = error instanceof SwarmError || code === 'ENOENT' || code?.startsWith('ERR_PARSE_ARGS');
  if (mendable !== true) throw error;
  console.error(message);
  process.exitCode = 1;
}
process.exit();
