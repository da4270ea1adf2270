import { freePort } from './free-ports.ts';
import { RedisProcess } from './redis-process.ts';
import { userLines } from './redis-users.ts';

export interface RedisOptions {
  /** Further lines of redis.conf. */
  readonly config?: readonly string[];
}

/**
 * What every test server has in common: it keeps nothing on disk, lets its replicas in at once, and knows the users
 * of docs/redis-users.acl. The tests' own commands go over Redis' default user, which may do everything.
 */
export const plainConfig: readonly string[] = [
  ...['save ""', 'appendonly no', 'repl-diskless-sync-delay 0'],
  ...userLines(),
];

/** One Redis server on a free port of the loopback, empty; it answers when the promise resolves. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisProcess> {
  return RedisProcess.start(await freePort(), [...plainConfig, ...(options.config ?? [])]);
}
