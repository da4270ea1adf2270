import { spawn } from 'node:child_process';
import { findRedis, type RedisEnvironment } from './find-redis.ts';
import { root, sourceFiles } from './source-files.ts';

/**
 * `npm test`: runs every `*.test.ts` with a real Redis at hand. `npm test -- hub/ test/oracle` runs those
 * whose path begins so; what begins with `-` goes to `node --test`, e.g. `--test-name-pattern=resume`.
 */
async function main(args: readonly string[]): Promise<number> {
  const files = choose(args.filter((arg) => !arg.startsWith('-')));
  if (files.length === 0) {
    console.error(`no *.test.ts begins with ${args.join(' or ')}`);
    return 1;
  }
  const redis = await findRedis(process.env, root);
  if (redis === undefined) {
    console.error(
      'The tests need Redis 7: install redis-server, or set TICKWIRE_TEST_REDIS_SERVER to its path.',
    );
    return 1;
  }
  return runTests(
    files,
    args.filter((arg) => arg.startsWith('-')),
    redis,
  );
}

/** Two files at a time: several start servers of their own, and time-outs are real. */
const concurrency = 2;
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
  redis: RedisEnvironment,
): Promise<number> {
  const limits = [`--test-concurrency=${concurrency}`, `--test-timeout=${timeoutMs}`];
  // A connection that a library forgets to close (ioredis' cluster client does, now and then) must not hold a file up.
  const args = [
    '--import',
    'tsx',
    '--test',
    '--test-force-exit',
    '--test-reporter=spec',
    ...limits,
    ...flags,
    ...files,
  ];
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...redis },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

process.exitCode = await main(process.argv.slice(2));
