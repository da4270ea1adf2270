import {
  ConfigError,
  type ConfigKey,
  type ConfigOf,
  choiceKey,
  integerKey,
  textKey,
} from '#runtime/config/config.ts';
import type { RedisConnection } from './redis/connection/connection.ts';
import { readRedisTls } from './redis/connection/tls.ts';
import { parseRedisUrl } from './redis/connection/url.ts';
import type { RedisFanoutLimits } from './redis/redis-fanout.ts';

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
  redisSentinelUser: textKey('TICKWIRE_REDIS_SENTINEL_USER', {
    fallback: '',
    range: 'the name of an ACL user',
    about: 'User of the sentinels themselves; the one in TICKWIRE_REDIS_URL is for the servers they watch',
  }),
  redisSentinelPassword: textKey('TICKWIRE_REDIS_SENTINEL_PASSWORD', {
    fallback: '',
    range: 'text',
    about: 'Password of the sentinels themselves',
    secret: true,
  }),
  redisTlsCa: pathKey('TICKWIRE_REDIS_TLS_CA', 'Authorities that sign the certificates of Redis, in PEM'),
  redisTlsCert: pathKey('TICKWIRE_REDIS_TLS_CERT', 'Certificate that is shown to Redis, in PEM'),
  redisTlsKey: pathKey('TICKWIRE_REDIS_TLS_KEY', 'Private key of that certificate, in PEM'),
  redisTlsName: textKey('TICKWIRE_REDIS_TLS_NAME', {
    fallback: '',
    pattern: /^[0-9A-Za-z.-]{1,253}$/,
    range: 'a host name',
    about:
      'Name that the certificates of Redis must be for, where sentinels or a cluster tell addresses that are not in them',
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

function pathKey(env: string, about: string): ConfigKey<string> {
  return textKey(env, { fallback: '', range: 'the path of a file', about });
}

/** The keys of `redisKeys`, each within its range. */
export type RedisConfig = ConfigOf<typeof redisKeys>;

/** Reads the files of TLS. @throws ConfigError when one can not be used, or the keys do not fit each other */
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
  const { tls: usesTls, ...where } = url;
  const tls = readRedisTls(usesTls, config);
  const { redisSentinelUser: sentinelUsername, redisSentinelPassword: sentinelPassword } = config;
  return {
    mode,
    sentinelName,
    ...where,
    ...(tls !== undefined && { tls }),
    ...(sentinelUsername !== '' && { sentinelUsername }),
    ...(sentinelPassword !== '' && { sentinelPassword }),
  };
}

/** The limits of a fanout by Redis; those that the configuration does not set are fixed here. */
export function redisLimits(config: RedisConfig): RedisFanoutLimits {
  return {
    replayEntriesMax: config.replayEntriesMax,
    commandTimeoutMs: config.redisCommandTimeoutMs,
    topologyIntervalMs: 2000,
    scriptsIntervalMs: 2000,
    doubtIntervalMs: 250,
    doubtMs: 3000,
    // With what a hub waits before it tells its clients, together less than the 5 s that PROTOCOL.md promises.
    probeIntervalMs: 500,
    probeTimeoutMs: 2500,
    subscribeChannelsMax: 500,
    groupMessagesSymbolsMin: 256,
  };
}
