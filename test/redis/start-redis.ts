import { freePort } from './free-ports.ts';
import { RedisProcess } from './redis-process.ts';

export interface RedisOptions {
  /** Further lines of redis.conf. */
  readonly config?: readonly string[];
}

/** What every test server has in common: it keeps nothing on disk and lets its replicas in at once. */
export const plainConfig: readonly string[] = ['save ""', 'appendonly no', 'repl-diskless-sync-delay 0'];

/** One Redis server on a free port of the loopback, empty; it answers when the promise resolves. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisProcess> {
  return RedisProcess.start(await freePort(), [...plainConfig, ...(options.config ?? [])]);
}
