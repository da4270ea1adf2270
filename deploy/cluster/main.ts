import { fileURLToPath } from 'node:url';
import { runScript } from '#runtime/command-line/run-script.ts';
import { findTool, missingTool, type ToolName, toolCommand } from '#test/harness/find-tool.ts';
import { chooseAddresses } from './addresses.ts';
import { type ClusterOptions, clusterOptions, commandLine } from './arguments.ts';
import type { Child } from './child.ts';
import { startCluster, stopAll } from './cluster.ts';
import { createClusterFolder } from './folder.ts';
import { createMembers } from './members.ts';
import { createProgress, duration } from './progress.ts';
import { clusterTable } from './table.ts';
import { startWatchdog } from './watchdog.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { stdout, stderr } = process;

/** `npm run cluster`; see `commandLine`. Returns the exit code: 1 when a process did not come up, or did not end well. */
async function main(options: ClusterOptions): Promise<number> {
  const missing = provideTools(options);
  for (const line of missing) stderr.write(`${line}\n`);
  return missing.length > 0 ? 1 : run(options);
}

/** Puts what the tools need into our environment; returns a line for each that is nowhere. */
function provideTools({ prometheus }: ClusterOptions): string[] {
  const needed: ToolName[] = ['redis-server', 'haproxy', ...(prometheus ? (['prometheus'] as const) : [])];
  return needed.flatMap((name) => {
    const found = findTool(name, process.env, root);
    if (found !== undefined) Object.assign(process.env, found);
    if (found !== undefined) return [];
    return [missingTool(name) + (name === 'prometheus' ? '; or leave it out: --without prometheus' : '')];
  });
}

async function run(options: ClusterOptions): Promise<number> {
  const startedAt = performance.now();
  const took = (): string => duration(performance.now() - startedAt);
  const stop = new AbortController();
  const children: Child[] = [];
  process.once('exit', () => {
    for (const child of children) if (child.end === undefined) child.kill();
  });
  const interrupted = whenInterrupted(stop);
  const progress = createProgress(stdout, () => performance.now());

  const addresses = await chooseAddresses(options);
  const folder = createClusterFolder();
  const members = createMembers(root, folder, addresses, {
    redis: toolCommand('redis-server', process.env),
    haproxy: toolCommand('haproxy', process.env),
    prometheus: options.prometheus ? toolCommand('prometheus', process.env) : undefined,
  });
  const watchdog = startWatchdog(() =>
    progress.failed('the watchdog has ended: a SIGKILL of this command would leave its processes behind'),
  );
  stdout.write(`Starting a cluster: Redis first, then all others at once.\n\n`);
  const started = (child: Child): void => {
    children.push(child);
    if (child.pid === undefined) return; // it could not be started
    const { pid } = child;
    watchdog.guard(pid);
    void child.ended.then(() => watchdog.release(pid));
  };
  const deps = { root, logFolder: folder.logs, env: inherited(), progress, stopping: stop.signal, started };
  let wellStarted = true;
  try {
    const { pids } = await startCluster(members, deps);
    stdout.write(clusterTable({ addresses, logs: folder.logs, tookText: took(), pids }));
    await interrupted;
  } catch (error) {
    wellStarted = stop.signal.aborted; // a Ctrl-C while it starts is no failure
    if (!wellStarted) progress.failed(error instanceof Error ? error.message : String(error));
    stop.abort();
  }
  stdout.write(
    '\nStopping: the hubs send their clients away first. Ctrl-C again ends everything at once.\n\n',
  );
  const stoppedAt = performance.now();
  const wellStopped = await stopAll(children, members, progress);
  watchdog.close();
  folder.removeData();
  stdout.write(`\nStopped in ${duration(performance.now() - stoppedAt)}; the logs stay in ${folder.logs}\n`);
  return wellStarted && wellStopped ? 0 : 1;
}

/** A terminal sends Ctrl-C to npm as well, which sends it on: what comes so soon after the first is the same one. */
const sameSignalMs = 500;

/** Resolves with the first signal; a second one ends everything at once. */
function whenInterrupted(stop: AbortController): Promise<void> {
  let firstAt = Number.POSITIVE_INFINITY;
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        if (performance.now() > firstAt + sameSignalMs) process.exit(1); // what runs is killed at exit
        firstAt = Math.min(firstAt, performance.now());
        stop.abort();
        resolve();
      });
  });
}

/** Without the keys that only say where tools are: processes refuse what they do not know. */
function inherited(): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('TICKWIRE_TEST_')),
  );
}

try {
  process.exitCode = await runScript(commandLine, process.argv.slice(2), process, (asked) =>
    main(clusterOptions(asked)),
  );
} catch (error) {
  stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
