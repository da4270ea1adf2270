import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { anyText } from '#runtime/command-line/declare.ts';
import type { Asked } from '#runtime/command-line/read.ts';
import { runScript } from '#runtime/command-line/run-script.ts';
import { nameProfiles, profileArguments } from './profiles.ts';
import { createProgress } from './report/progress.ts';
import { htmlReport } from './report/report-html.ts';
import type { Result } from './report/result.ts';
import { number, tableOf } from './report/table.ts';
import { type RunDeps, runScenario } from './run.ts';
import { parseScenario, type Scenario, SwarmError } from './scenario.ts';
import { checkSystem, readSystemLimits } from './system-limits.ts';
import { provideRedis } from './target/provide-redis.ts';
import { startStage } from './target/stage.ts';
import type { Target } from './target/target.ts';
import { urlTarget } from './target/url-target.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const commandLine = {
  command: 'npm run swarm',
  about:
    'Runs a load of many sockets and judges every update of each; ends with 0 when all that the scenario asks for holds.',
  names: {
    value: 'FILE.json',
    about: 'a scenario: one of loadtest/scenarios, or your own',
    each: anyText(),
    min: 1,
    max: 1,
  },
  options: {
    report: {
      value: 'DIR',
      about: 'where report.json and report.html go; reports/NAME when not given',
      schema: anyText().optional(),
    },
    'cpu-prof': { about: 'a profile of each process beside the report' },
  },
  examples: ['npm run swarm -- loadtest/scenarios/showcase.json'],
} as const;

/** How each run of this command is done. */
interface RunSettings {
  readonly interrupted: Promise<string>;
  /** Whether each process of node writes a profile into the folder of the report. */
  readonly profiles: boolean;
}

/** `npm run swarm`: one scenario, its report, and exit code 0 only when everything holds. */
async function main({ options, names: [file = ''] }: Asked<typeof commandLine>): Promise<number> {
  const scenario = parseScenario(readScenario(file), file);
  checkSystem(scenario, readSystemLimits());
  if ('stage' in scenario.target) provideRedis(process.env);
  const folder = options.report ?? join('reports', basename(file, '.json'));
  const interrupted = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
  const settings = { interrupted, profiles: options['cpu-prof'] };
  if (scenario.rates !== undefined) return findLimit(scenario, scenario.rates, folder, settings);
  const result = await measure(scenario, folder, settings);
  return result.failures.length === 0 ? 0 : 1;
}

function scenarioNames(): readonly string[] {
  return readdirSync(join(root, 'loadtest', 'scenarios'));
}

function readScenario(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SwarmError(
      `${file} can not be read (${(error as NodeJS.ErrnoException).code}): name a scenario; loadtest/scenarios has ${scenarioNames().join(', ')}`,
    );
  }
}

/** One stage and one report for each rate, until one is not held. */
async function findLimit(
  scenario: Scenario,
  rates: readonly number[],
  folder: string,
  settings: RunSettings,
): Promise<number> {
  let held: Result | undefined;
  for (const rate of rates) {
    const result = await measure(atRate(scenario, rate), join(folder, String(rate)), settings);
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

async function measure(scenario: Scenario, folder: string, settings: RunSettings): Promise<Result> {
  mkdirSync(folder, { recursive: true });
  const nodeArguments = settings.profiles ? profileArguments(folder) : [];
  const target = await startTarget(scenario, nodeArguments);
  console.log(target.processes.map(({ name, pid }) => `${name} is process ${pid}`).join(', '));
  try {
    const deps = { interrupted: settings.interrupted, workerArguments: nodeArguments };
    return await measureTarget(scenario, target, folder, deps);
  } finally {
    await target.stop();
  }
}

async function measureTarget(
  scenario: Scenario,
  target: Target,
  folder: string,
  deps: Omit<RunDeps, 'progress'>,
): Promise<Result> {
  const progress = createProgress(process.stdout);
  const result = await runScenario(scenario, target, { ...deps, progress: progress.show });
  progress.done();
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  writeFileSync(join(folder, 'report.html'), htmlReport(result));
  console.log(`${tableOf(result)}\nreport: ${join(folder, 'report.html')}`);
  if (deps.workerArguments?.length) {
    await target.stop(); // a profile is written at the end of its process
    console.log(`profiles: ${nameProfiles(folder, result.processes).join(', ')}`);
  }
  return result;
}

function atRate(scenario: Scenario, ticksPerSecond: number): Scenario {
  if (!('stage' in scenario.target)) return scenario;
  const { stage } = scenario.target;
  return { ...scenario, target: { stage: { ...stage, feed: { ...stage.feed, ticksPerSecond } } } };
}

function startTarget({ target, format }: Scenario, nodeArguments: readonly string[]): Promise<Target> {
  return 'stage' in target ? startStage(target.stage, format, nodeArguments) : urlTarget(target.urls, format);
}

try {
  process.exitCode = await runScript(commandLine, process.argv.slice(2), process, main);
} catch (error) {
  if (!(error instanceof SwarmError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
process.exit();
