import { fileURLToPath } from 'node:url';
import { SwarmError } from '#loadtest/swarm/scenario.ts';
import { findTool } from '#test/harness/find-tool.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Finds Redis as the tests do, so that a stage can start it, and puts into `env` what that needs.
 * @throws SwarmError when there is none
 */
export function provideRedis(env: Record<string, string | undefined>): void {
  const redis = findTool('redis-server', env, root);
  if (redis === undefined)
    throw new SwarmError(
      'there is no redis-server to start: install Redis 7, set TICKWIRE_TEST_REDIS_SERVER, or use "target.urls"',
    );
  Object.assign(env, redis);
}
