import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, readConfig } from '#runtime/config/config.ts';
import { redisConnection, redisKeys, redisLimits } from './config.ts';

const connectionFor = (env: Record<string, string>) => redisConnection(readConfig(redisKeys, env));

test('without any key it is the Redis on this machine', () => {
  assert.deepEqual(connectionFor({}), {
    mode: 'standalone',
    sentinelName: 'mymaster',
    nodes: [{ host: '127.0.0.1', port: 6379 }],
    database: 0,
  });
});

test('user, password, database and TLS are read from the URL', () => {
  const { nodes, ...rest } = connectionFor({ TICKWIRE_REDIS_URL: 'rediss://me:p%40ss@redis.example:7000/3' });
  assert.deepEqual(nodes, [{ host: 'redis.example', port: 7000 }]);
  assert.deepEqual(rest, {
    mode: 'standalone',
    sentinelName: 'mymaster',
    tls: {},
    username: 'me',
    password: 'p@ss',
    database: 3,
  });
});

test('sentinels and cluster nodes may be several, with or without a scheme', () => {
  const env = { TICKWIRE_REDIS_MODE: 'cluster', TICKWIRE_REDIS_URL: 'redis://:x@a:1, b:2,redis://[::1]:3' };
  const { nodes, password } = connectionFor(env);
  assert.equal(password, 'x');
  assert.deepEqual(nodes, [
    { host: 'a', port: 1 },
    { host: 'b', port: 2 },
    { host: '::1', port: 3 },
  ]);
});

test('keys that do not fit each other are refused', () => {
  const url = 'redis://a:1,redis://b:2';
  assert.throws(() => connectionFor({ TICKWIRE_REDIS_URL: url }), ConfigError);
  const numbered = { TICKWIRE_REDIS_MODE: 'cluster', TICKWIRE_REDIS_URL: 'redis://a:1/2' };
  assert.throws(() => connectionFor(numbered), ConfigError);
});

test('a URL that can not be read is refused without repeating the password in it', () => {
  for (const url of ['http://secret@a', 'redis://', 'redis://x:secret@a:99999', 'redis://:secret@a/one', ','])
    assert.throws(
      () => connectionFor({ TICKWIRE_REDIS_URL: url }),
      (error: unknown) => error instanceof ConfigError && !error.message.includes('secret'),
      url,
    );
});

test('a URL with a broken escape is refused, not a crash', () => {
  for (const url of ['redis://:%zz@a:1', 'redis://%ff@a:1'])
    assert.throws(() => connectionFor({ TICKWIRE_REDIS_URL: url }), ConfigError);
});

test('the limits come from the keys', () => {
  const config = readConfig(redisKeys, { TICKWIRE_REPLAY_ENTRIES: '20' });
  const { replayEntriesMax, commandTimeoutMs } = redisLimits(config);
  assert.deepEqual({ replayEntriesMax, commandTimeoutMs }, { replayEntriesMax: 20, commandTimeoutMs: 1000 });
});
