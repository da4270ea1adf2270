import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { redisConnection, redisKeys } from '#fanout/config.ts';
import { symbolOf, TestListener, TestSource } from '#fanout/fixtures.ts';
import { ConfigError, readConfig } from '#runtime/config/config.ts';
import { createLogger } from '#runtime/logger.ts';
import { freePort } from '#test/harness/redis/free-ports.ts';
import { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { urlFor } from '#test/harness/redis/redis-users.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { createAuthority, type TestAuthority, type TestPair } from '#test/harness/redis/tls-files.ts';
import { until } from '#test/harness/redis/until.ts';
import { openClient } from './connection/connection.ts';
import { openFanout } from './redis-fixtures.ts';

const symbol = symbolOf('SECURE');
const plain = { autoPipelining: false };

describe('Redis over TLS, which asks for a certificate of ours', { timeout: 240_000 }, () => {
  const ends: (() => unknown)[] = [];
  let authority: TestAuthority;
  let client: TestPair;
  let tlsConfig: readonly string[];

  before(async () => {
    authority = await createAuthority({ after: (end) => void ends.push(end as () => unknown) });
    const server = await authority.issue('redis');
    client = await authority.issue('tickwire');
    tlsConfig = [
      ...[`tls-cert-file ${server.cert}`, `tls-key-file ${server.key}`, `tls-ca-cert-file ${authority.ca}`],
      ...['tls-auth-clients yes', 'tls-replication yes'],
    ];
  });
  after(async () => {
    for (const end of ends.toReversed()) await end();
  });

  const connectionFor = (env: Record<string, string>) =>
    redisConnection(
      readConfig(redisKeys, {
        TICKWIRE_REDIS_TLS_CA: authority.ca,
        TICKWIRE_REDIS_TLS_CERT: client.cert,
        TICKWIRE_REDIS_TLS_KEY: client.key,
        ...env,
      }),
    );

  /** A server whose TLS port is given back; the plain one is for the test's own commands. */
  async function startServer(more: readonly string[] = []): Promise<{ redis: RedisProcess; url: string }> {
    const tlsPort = await freePort();
    const redis = await startRedis({ config: [`tls-port ${tlsPort}`, ...tlsConfig, ...more] });
    ends.push(() => redis.stop());
    return { redis, url: urlFor('both', `rediss://127.0.0.1:${tlsPort}`) };
  }

  /** Publishes, hears it, and reads it back, so that commands, scripts and pub/sub all went over TLS. */
  async function worksOver(env: Record<string, string>): Promise<void> {
    const fanout = await openFanout(connectionFor(env));
    try {
      const listener = new TestListener();
      fanout.live.listen(listener);
      await until('it is available', () => fanout.available());
      await fanout.live.subscribe([symbol]);
      await new TestSource(fanout).prices(symbol, 1);
      await until('it is heard', () => listener.heard.length === 1);
      assert.equal((await fanout.history.before(symbol, undefined, 9)).length, 1);
    } finally {
      await fanout.close();
    }
  }

  async function isRefused(env: Record<string, string>): Promise<void> {
    const fanout = await openFanout(connectionFor(env));
    assert.equal(fanout.available(), false);
    await assert.rejects(new TestSource(fanout).prices(symbol, 1), { name: 'FanoutError' });
    await fanout.close();
  }

  test('one server is used over TLS, with user, password and our certificate', async () => {
    const { url } = await startServer();
    await worksOver({ TICKWIRE_REDIS_URL: url });
  });

  test('a server that another authority vouches for is not talked to', async () => {
    const { url } = await startServer();
    const stranger = await createAuthority({ after: (end) => void ends.push(end as () => unknown) });
    await isRefused({ TICKWIRE_REDIS_URL: url, TICKWIRE_REDIS_TLS_CA: stranger.ca });
    await isRefused({ TICKWIRE_REDIS_URL: url, TICKWIRE_REDIS_TLS_CA: '' });
  });

  test('a connection that is given up in the middle of its handshake ends no process', async () => {
    const { url } = await startServer();
    const stranger = await createAuthority({ after: (end) => void ends.push(end as () => unknown) });
    const connection = connectionFor({ TICKWIRE_REDIS_URL: url, TICKWIRE_REDIS_TLS_CA: stranger.ca });
    const limits = { commandTimeoutMs: 5000, topologyIntervalMs: 60_000 };
    for (let ms = 0; ms < 60; ms++) {
      const { client, close } = openClient(connection, createLogger('test', 'silent'), limits, plain);
      const ended = new Promise((resolve) => client.once('end', resolve)); // its sockets are closed then
      await delay(ms / 2); // at another moment each time: the handshake takes some ms
      const isOpen = client.status !== 'reconnecting'; // else it has no socket, and nothing to tell
      close();
      if (isOpen) await ended;
    }
  });

  test('a server whose certificate is for another name is not talked to, unless that name is configured', async () => {
    const named = await authority.issue('named', 'DNS:redis.internal');
    const { url } = await startServer([`tls-cert-file ${named.cert}`, `tls-key-file ${named.key}`]);
    await isRefused({ TICKWIRE_REDIS_URL: url });
    await worksOver({ TICKWIRE_REDIS_URL: url, TICKWIRE_REDIS_TLS_NAME: 'redis.internal' });
  });

  test('without our certificate the server lets nobody in', async () => {
    const { url } = await startServer();
    await isRefused({ TICKWIRE_REDIS_URL: url, TICKWIRE_REDIS_TLS_CERT: '', TICKWIRE_REDIS_TLS_KEY: '' });
  });

  test('a cluster is used over TLS, the addresses that it tells included', async () => {
    const { redis, url } = await startServer([
      'cluster-enabled yes',
      'tls-cluster yes',
      'cluster-announce-ip 127.0.0.1',
      `cluster-port ${await freePort()}`,
    ]);
    await redis.client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
    await until('the cluster is ok', async () =>
      String(await redis.client.call('CLUSTER', 'INFO')).includes('cluster_state:ok'),
    );
    await worksOver({ TICKWIRE_REDIS_URL: url, TICKWIRE_REDIS_MODE: 'cluster' });
  });

  test('sentinels are asked over TLS as a user of their own, and may be asked nothing else', async () => {
    const { url: serverUrl } = await startServer();
    const server = new URL(serverUrl);
    const [port, tlsPort] = [await freePort(), await freePort()];
    const rights = '-@all resetchannels &+switch-master +auth +ping +info +subscribe';
    const questions = '+sentinel|get-master-addr-by-name +sentinel|sentinels';
    const sentinel = await RedisProcess.start(
      port,
      [
        ...[`tls-port ${tlsPort}`, ...tlsConfig, `sentinel monitor tickwire 127.0.0.1 ${server.port} 1`],
        `user tickwire on >watch-me ${rights} ${questions}`,
      ],
      ['--sentinel'],
    );
    ends.push(() => sentinel.stop());
    await sentinel.client.call('ACL', 'SETUSER', 'default', 'resetpass', '-@all', '+ping');
    const env = {
      TICKWIRE_REDIS_URL: urlFor('both', `rediss://127.0.0.1:${tlsPort}`),
      TICKWIRE_REDIS_MODE: 'sentinel',
      TICKWIRE_REDIS_SENTINEL_NAME: 'tickwire',
      TICKWIRE_REDIS_SENTINEL_USER: 'tickwire',
    };
    await worksOver({ ...env, TICKWIRE_REDIS_SENTINEL_PASSWORD: 'watch-me' });
    await isRefused({ ...env, TICKWIRE_REDIS_SENTINEL_PASSWORD: 'wrong' });
  });

  test('a file that is missing, no PEM or of another pair stops the start and names its key', async () => {
    const other = await authority.issue('other');
    const junk = join(authority.folder, 'junk.pem');
    await writeFile(junk, 'no PEM');
    const url = { TICKWIRE_REDIS_URL: 'rediss://127.0.0.1:1' };
    for (const [env, key] of [
      [{ TICKWIRE_REDIS_TLS_CA: '/nowhere/ca.pem' }, /TICKWIRE_REDIS_TLS_CA names \/nowhere\/ca.pem.*ENOENT/],
      [{ TICKWIRE_REDIS_TLS_CA: junk }, /TICKWIRE_REDIS_TLS_CA .*no certificate/],
      [{ TICKWIRE_REDIS_TLS_KEY: junk }, /TICKWIRE_REDIS_TLS_KEY .*no private key/],
      [{ TICKWIRE_REDIS_TLS_KEY: other.key }, /TICKWIRE_REDIS_TLS_KEY .*is not the key of/],
      [{ TICKWIRE_REDIS_TLS_KEY: '' }, /TICKWIRE_REDIS_TLS_CERT and TICKWIRE_REDIS_TLS_KEY/],
      [{ TICKWIRE_REDIS_URL: 'redis://127.0.0.1:1' }, /does not begin with rediss/],
    ] as const)
      assert.throws(
        () => connectionFor({ ...url, ...env }),
        (error: unknown) => error instanceof ConfigError && key.test(error.message),
      );
  });
});
