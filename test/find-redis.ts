import { execFileSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fetchRedis } from './fetch-redis.ts';

/** What the tests' environment must hold for them to find `redis-server`. */
export type RedisEnvironment = Readonly<Record<string, string>>;

/**
 * Redis from `TICKWIRE_TEST_REDIS_SERVER`, from the PATH, from an earlier download, or from Debian's package
 * (unpacked into `.cache/redis`, nothing is installed); undefined when there is none of these.
 */
export async function findRedis(
  env: Readonly<Record<string, string | undefined>>,
  root: string,
): Promise<RedisEnvironment | undefined> {
  if (env.TICKWIRE_TEST_REDIS_SERVER !== undefined)
    return answers(env.TICKWIRE_TEST_REDIS_SERVER, env) ? {} : undefined;
  if (answers('redis-server', env)) return {};
  const folder = join(root, '.cache', 'redis');
  return unpacked(folder, env) ?? (fetchRedis(folder) ? unpacked(folder, env) : undefined);
}

const libraryFolders = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].flatMap((name) => [
  `usr/lib/${name}`,
  `lib/${name}`,
]);

/** On the PATH, not in a key of our own: the processes that tests start refuse keys they do not know. */
function unpacked(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): RedisEnvironment | undefined {
  const server = join(folder, 'usr', 'bin', 'redis-server');
  const libraries = libraryFolders.map((name) => join(folder, name));
  const found = {
    PATH: [dirname(server), env.PATH].filter(isSet).join(delimiter),
    LD_LIBRARY_PATH: [...libraries, env.LD_LIBRARY_PATH].filter(isSet).join(delimiter),
  };
  return answers(server, { ...env, ...found }) ? found : undefined;
}

/** Whether the command is a Redis that starts, of a version that has sharded pub/sub. */
function answers(command: string, env: Readonly<Record<string, string | undefined>>): boolean {
  try {
    const version = execFileSync(command, ['--version'], { env, encoding: 'utf8', stdio: 'pipe' });
    return Number(/v=(\d+)/.exec(version)?.[1] ?? 0) >= 7;
  } catch {
    return false; // not there, or a library of it is not: the next place is looked at
  }
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
