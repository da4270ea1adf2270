import { ConfigError, type ConfigOf, choiceKey, integerKey, textKey } from '#runtime/config.ts';
import type { RedisConnection } from './connection.ts';
import type { RedisFanoutLimits } from './redis.ts';
import { parseRedisUrl } from './redis-url.ts';

/** Environment keys of a process that shares updates by Redis. */
export const redisKeys = {
  redisMode: choiceKey('TICKWIRE_REDIS_MODE', ['standalone', 'sentinel', 'cluster'], {
    fallback: 'standalone',
    about: 'What TICKWIRE_REDIS_URL names: one server, sentinels, or nodes of a cluster',
  }),
  redisUrl: textKey('TICKWIRE_REDIS_URL', {
    fallback: 'redis://127.0.0.1:6379',
    range: 'redis://user:password@host:port/database (rediss:// for TLS), several with commas between',
    about: 'Where Redis is; sentinels and cluster nodes may be several',
    secret: true,
  }),
  redisSentinelName: textKey('TICKWIRE_REDIS_SENTINEL_NAME', {
    fallback: 'mymaster',
    pattern: /^[A-Za-z0-9._-]{1,64}$/,
    range: '1 to 64 letters, digits and . _ -',
    about: 'Name under which the sentinels watch the master',
  }),
  replayEntriesMax: integerKey('TICKWIRE_REPLAY_ENTRIES', {
    fallback: 1000,
    min: 1,
    max: 1_000_000,
    unit: 'updates',
    about: 'Updates kept per symbol for clients that resume; Redis keeps up to one block more',
  }),
  redisCommandTimeoutMs: integerKey('TICKWIRE_REDIS_COMMAND_TIMEOUT_MS', {
    fallback: 1000,
    min: 50,
    max: 60_000,
    unit: 'ms',
    about: 'A command that Redis does not answer within so long counts as failed',
  }),
};

export type RedisConfig = ConfigOf<typeof redisKeys>;

/** @throws ConfigError when the keys do not fit each other */
export function redisConnection(config: RedisConfig): RedisConnection {
  const { redisMode: mode, redisSentinelName: sentinelName } = config;
  const url = parseRedisUrl(config.redisUrl);
  // The text may hold a password: it is not repeated.
  if (url === undefined) throw new ConfigError([`TICKWIRE_REDIS_URL must be ${redisKeys.redisUrl.range}`]);
  if (mode === 'standalone' && url.nodes.length > 1)
    throw new ConfigError([
      'TICKWIRE_REDIS_URL names several servers, but TICKWIRE_REDIS_MODE is standalone: name one, or set the mode to sentinel or cluster',
    ]);
  if (mode === 'cluster' && url.database !== 0)
    throw new ConfigError(['TICKWIRE_REDIS_URL names a database, but a cluster has only database 0']);
  return { mode, sentinelName, ...url };
}

export function redisLimits(config: RedisConfig): RedisFanoutLimits {
  return {
    replayEntriesMax: config.replayEntriesMax,
    commandTimeoutMs: config.redisCommandTimeoutMs,
    topologyIntervalMs: 2000,
    probeIntervalMs: 2000,
    probeTimeoutMs: 3000,
    subscribeChannelsMax: 500,
  };
}
