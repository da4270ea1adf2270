import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { createProgress } from './progress.ts';
import { htmlReport } from './report-html.ts';
import { runScenario } from './run.ts';
import { parseScenario, type Scenario, SwarmError } from './scenario.ts';
import { startStage } from './stage.ts';
import { checkSystem } from './system-limits.ts';
import { tableOf } from './table.ts';
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
  const interrupted = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
  const target = await startTarget(scenario);
  const progress = createProgress(process.stdout);
  try {
    const result = await runScenario(scenario, target, {
      progress: progress.show,
      interrupted,
      workerArguments,
    });
    progress.done();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'report.json'), `${JSON.stringify(result, undefined, 2)}\n`);
    writeFileSync(join(folder, 'report.html'), htmlReport(result));
    console.log(`${tableOf(result)}\nreport: ${join(folder, 'report.html')}`);
    return result.failures.length === 0 ? 0 : 1;
  } finally {
    await target.stop();
  }
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
