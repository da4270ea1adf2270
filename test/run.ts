import { spawn } from 'node:child_process';
import { anyText } from '#runtime/command-line/declare.ts';
import { type Asked, CommandLineError } from '#runtime/command-line/read.ts';
import { runScript } from '#runtime/command-line/run-script.ts';
import { runsOnBoth } from './harness/chosen-listener.ts';
import { findTool, missingTool } from './harness/find-tool.ts';
import { root, sourceFiles } from './harness/source-files.ts';
import { type ToolName, tools } from './harness/tool-list.ts';

const commandLine = {
  command: 'npm test',
  about:
    "Runs every *.test.ts with a real Redis at hand; those of what clients see a second time, with the hub's other listener.",
  names: { value: 'PATH', about: 'those whose path begins so', each: anyText() },
  passesOnTo: 'node --test',
  examples: ['npm test -- hub/ test/oracle', 'npm test -- --test-name-pattern=resume'],
} as const;

/** `npm test`; see `commandLine`. */
async function main({ names, passedOn }: Asked<typeof commandLine>): Promise<number> {
  const files = choose(names);
  if (files.length === 0) throw new CommandLineError(`no *.test.ts begins with ${names.join(' or ')}`);
  const env = withTools();
  if (env === undefined) return 1;
  const code = await runTests(files, passedOn, env);
  const again = files.filter(runsOnBoth);
  if (again.length === 0 || env.TEST_LISTENER !== undefined) return code;
  process.stdout.write(
    "\nOnce more, with Node's own server in place of uWebSockets.js (TEST_LISTENER=node):\n\n",
  );
  return (await runTests(again, passedOn, { ...env, TEST_LISTENER: 'node' })) || code;
}

/** The environment in which tests find what they start; undefined without Redis, which nearly all of them need. */
function withTools(): NodeJS.ProcessEnv | undefined {
  const env = { ...process.env };
  for (const name of Object.keys(tools) as ToolName[]) {
    const found = findTool(name, env, root);
    if (found === undefined)
      console.error(missingTool(name)); // the tests that need it say so again, by failing
    else Object.assign(env, found);
    if (found === undefined && name === 'redis-server') return undefined;
  }
  return env;
}

/** Two files at a time: several start servers of their own, and time-outs are real. */
const concurrency = 2;
/** Node's exit code for an option that it does not know, which it names itself. */
const refusedByNode = 9;
/** For one test, and for one file. */
const timeoutMs = 300_000;

function choose(prefixes: readonly string[]): readonly string[] {
  const files = sourceFiles('.test.ts');
  return prefixes.length === 0
    ? files
    : files.filter((file) => prefixes.some((start) => file.startsWith(start)));
}

function runTests(
  files: readonly string[],
  flags: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const limits = [`--test-concurrency=${concurrency}`, `--test-timeout=${timeoutMs}`];
  // A connection that a library forgets to close (ioredis' cluster client does, now and then) must not hold a file up.
  const args = [
    '--import',
    'tsx',
    '--import',
    './test/harness/one-connection-each.ts',
    '--test',
    '--test-force-exit',
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=./test/progress-reporter.mjs', '--test-reporter-destination=stderr'],
    ...limits,
    ...flags,
    ...files,
  ];
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...env, RUN_FILES: String(files.length) },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code === refusedByNode ? 2 : (code ?? 1)));
  });
}

process.exitCode = await runScript(commandLine, process.argv.slice(2), process, main);
