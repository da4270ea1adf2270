import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { symbolOf, TestListener, TestSource } from '#fanout/fixtures.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { urlFor } from '#test/harness/redis/redis-users.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { until } from '#test/harness/redis/until.ts';
import {
  catalogueKey,
  leaseKey,
  nodeSlotKey,
  probeChannel,
  serviceSlotKey,
  stateKey,
  streamKey,
  ticketKey,
} from './keys.ts';
import { connectionTo, openFanout } from './redis-fixtures.ts';

let redis: RedisProcess;
const symbol = symbolOf('ACCESS');

before(async () => {
  redis = await startRedis({ config: ['user feed on >s3cret@ allcommands allkeys allchannels'] });
  await redis.client.call('ACL', 'SETUSER', 'reader', 'on', '>r', '+@read', '+@connection', '+info', '~*');
  await redis.client.call('ACL', 'SETUSER', 'default', 'resetpass', '-@all', '+ping');
});
after(() => redis.stop());

test('user and password of the URL are used by every connection', async () => {
  const fanout = await openFanout(connectionTo(`redis://feed:s3cret%40@127.0.0.1:${redis.port}`));
  const listener = new TestListener();
  fanout.live.listen(listener);
  await fanout.live.subscribe([symbol]);
  await new TestSource(fanout).prices(symbol, 1);
  await until('it is heard', () => listener.heard.length === 1);
  await fanout.close();
});

test('with a wrong password it is not available, and does not crash', async () => {
  const fanout = await openFanout(connectionTo(`redis://feed:wrong@127.0.0.1:${redis.port}`));
  assert.equal(fanout.available(), false);
  await assert.rejects(new TestSource(fanout).prices(symbol, 1), { name: 'FanoutError' });
  await fanout.close();
});

test('a command that the user may not use is refused', async () => {
  const fanout = await openFanout(connectionTo(`redis://reader:r@127.0.0.1:${redis.port}`));
  await assert.rejects(new TestSource(fanout).prices(symbol, 1), { name: 'FanoutError', code: 'refused' });
  await fanout.close();
});

test('databases are apart in their history', async () => {
  const one = await openFanout(connectionTo(`redis://feed:s3cret%40@127.0.0.1:${redis.port}/1`));
  const two = await openFanout(connectionTo(`redis://feed:s3cret%40@127.0.0.1:${redis.port}/2`));
  await new TestSource(one).prices(symbol, 1);
  assert.equal((await one.history.before(symbol, undefined, 9)).length, 1);
  assert.equal((await two.history.before(symbol, undefined, 9)).length, 0);
  await Promise.all([one.close(), two.close()]);
});

test("a hub's user can forge no tick, run no script of its own, keep nothing for ever and read nothing that is not its own", async () => {
  const server = await startRedis();
  const hub = server.client.duplicate({ username: 'tickwire-hub', password: passwordOf('hub', server.url) });
  const stream = streamKey(symbol);
  const slot = nodeSlotKey('hub', 0);
  await hub.publish(probeChannel(0, 'me'), '1');
  for (const [command, ...args] of [
    ['PUBLISH', stream, 'forged'],
    ['SPUBLISH', stream, 'forged'],
    ['XADD', stream, '*', 't', 'forged'],
    ['DEL', stateKey(0)],
    ['PSETEX', stream, 1000, 'forged'],
    ...['EVAL', 'EVAL_RO'].map((name) => [name, 'while true do end', 0] as const),
    ['EVALSHA', '0'.repeat(40), 1, slot],
    ['SCRIPT', 'LOAD', 'return 1'],
    ['FUNCTION', 'LOAD', '#!lua name=x'],
    ['FCALL', 'x', 0],
    ['HSET', catalogueKey, 'FORGED', 'source'],
    ['HSET', leaseKey('source'), 'holder', 'me'],
    ['HGETALL', leaseKey('source')],
    ['SET', stream, 'forged'],
    ['SET', slot, 'for ever'],
    ['SET', ticketKey('x'), 'for ever'],
    ['PERSIST', slot],
    ['GETDEL', stream],
    ['MGET', ticketKey('x')],
    ['EXEC'],
    ['SCAN', '0'],
    ['GET', 'elsewhere'],
    ['GET', 'tw:elsewhere'],
    ['SUBSCRIBE', 'elsewhere'],
    ['KEYS', '*'],
    ['FLUSHALL'],
    ['CONFIG', 'GET', '*'],
    ['ACL', 'LIST'],
  ] as const)
    await assert.rejects(hub.call(command, ...args), refused, command);
  hub.disconnect();
  await server.stop();
});

test("an adapter's user can hear nothing, rule nothing, and touch no ticket and no hub's place", async () => {
  const server = await startRedis();
  const feed = server.client.duplicate({
    username: 'tickwire-feed',
    password: passwordOf('feed', server.url),
  });
  const hubs = [nodeSlotKey('hub', 0), nodeSlotKey('candles', 0), serviceSlotKey(0), ticketKey('x')];
  for (const [command, ...args] of [
    ...hubs.flatMap((key) => [
      ['PSETEX', key, 1000, 'forged'] as const,
      ['SET', key, 'forged'] as const,
      ['DEL', key] as const,
      ['GET', key] as const,
      ['EVAL', "return redis.call('SET', KEYS[1], 'x')", 1, key] as const,
      ['EVAL', `return redis.call('SET', '${key}', 'x')`, 1, stateKey(0)] as const,
    ]),
    ['SUBSCRIBE', streamKey(symbol)],
    ['PUBLISH', 'elsewhere', 'x'],
    ['PUBLISH', 'tw:elsewhere', 'x'],
    ['SET', 'elsewhere', 'x'],
    ['EVAL', "return redis.call('SET', KEYS[1], 'x')", 1, 'elsewhere'],
    ['EVAL', "return redis.call('KEYS', '*')", 0],
    ['SCRIPT', 'FLUSH'],
    ['SCRIPT', 'KILL'],
    ['FLUSHALL'],
    ['CONFIG', 'SET', 'maxmemory', '1'],
    ['ACL', 'WHOAMI'],
  ] as const)
    await assert.rejects(feed.call(command, ...args), refused, `${command} ${args.join(' ')}`);
  assert.equal(await feed.psetex(nodeSlotKey('feed-adapter', 0), 1000, 'its own'), 'OK');
  feed.disconnect();
  await server.stop();
});

test('what is kept of a ticket opens nothing: it is under the hash of its secret, and for its time', async () => {
  const server = await startRedis();
  const fanout = await openFanout(connectionTo(server.url));
  const secret = await fanout.tickets.issue('{"user":"ann"}', 30_000);
  const keys = await server.client.keys('tw:*');
  assert.equal(keys.length, 1);
  assert.ok(!keys.join().includes(secret) && !keys.join().includes(secret.slice(0, 8)));
  assert.ok(!(await server.client.get(keys[0] ?? ''))?.includes(secret));
  const leftMs = await server.client.pttl(keys[0] ?? '');
  assert.ok(leftMs > 0 && leftMs <= 30_000, `${leftMs} ms`);
  await fanout.tickets.redeem(secret);
  assert.deepEqual(await server.client.keys('tw:*'), []);
  await fanout.close();
  await server.stop();
});

function passwordOf(user: 'hub' | 'feed', url: string): string {
  return new URL(urlFor(user, url)).password;
}

/** Redis says it in its own words for commands, keys, channels and scripts. */
const refused = /NOPERM|can't run this command|can't access|can't publish|not allowed|No permissions/i;
