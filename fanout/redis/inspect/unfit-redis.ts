import type { RedisClient } from '#fanout/redis/connection/connection.ts';
import type { Logger } from '#runtime/logger.ts';
import { readFacts } from './facts.ts';
import { namingServers, serversOf } from './servers.ts';
import { vitalFindings } from './settings.ts';

/**
 * Logs, when Redis is reached for the first time, each setting of it that loses updates. What the user may not see is
 * no fault: docs/redis-users.acl lets a process read no settings, as there are passwords among them.
 */
export function tellUnfitRedis(client: RedisClient, log: Logger): void {
  client.once('ready', () => {
    look(client, log).catch((error: Error) =>
      log.debug({ problem: error.message }, 'Redis was not looked at'),
    );
  });
}

async function look(client: RedisClient, log: Logger): Promise<void> {
  const facts = await Promise.all(serversOf(client).map(readFacts));
  for (const { verdict, topic, says, fix } of namingServers(facts, vitalFindings)) {
    if (verdict === 'unseen') log.info({ topic, says, fix }, 'a setting of Redis can not be seen');
    if (verdict === 'warn' || verdict === 'fail')
      log.warn({ topic, says, fix }, 'Redis is not set as Tickwire needs it');
  }
}
