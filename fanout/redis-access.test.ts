import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { RedisProcess } from '#test/redis/redis-process.ts';
import { urlFor } from '#test/redis/redis-users.ts';
import { startRedis } from '#test/redis/start-redis.ts';
import { until } from '#test/redis/until.ts';
import { symbolOf, TestListener, TestSource } from './fixtures.ts';
import {
  catalogueKey,
  leaseKey,
  probeChannel,
  serviceKey,
  servicesKey,
  stateKey,
  streamKey,
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

test("a hub's user can forge no tick, write no key but nodes and tickets and read nothing that is not Tickwire's", async () => {
  const server = await startRedis();
  const hub = server.client.duplicate({ username: 'tickwire-hub', password: passwordOf('hub', server.url) });
  const stream = streamKey(symbol);
  await hub.publish(probeChannel(0, 'me'), '1');
  for (const [command, ...args] of [
    ['PUBLISH', stream, 'forged'],
    ['SPUBLISH', stream, 'forged'],
    ['XADD', stream, '*', 't', 'forged'],
    ['DEL', stateKey(0)],
    ['EVAL', "return redis.call('DEL', KEYS[1])", 1, stream],
    ['EVAL', `return redis.call('HSET', '${catalogueKey}', 'a', 'b')`, 1, servicesKey],
    ['EVAL', `return redis.call('PUBLISH', '${stream}', 'forged')`, 1, servicesKey],
    ['HSET', catalogueKey, 'FORGED', 'source'],
    ['HSET', leaseKey('source'), 'holder', 'me'],
    ['SET', stream, 'forged'],
    ['SET', servicesKey, 'junk'],
    ['GETDEL', stream],
    ['SCAN', '0'],
    ['EVAL_RO', "return redis.call('DEL', KEYS[1])", 1, stream],
    ['EVAL_RO', "return redis.call('PUBLISH', KEYS[1], 'forged')", 1, stream],
    ['GET', 'elsewhere'],
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

test("an adapter's user can hear nothing, rule nothing and touch nothing that is not Tickwire's", async () => {
  const server = await startRedis();
  const feed = server.client.duplicate({
    username: 'tickwire-feed',
    password: passwordOf('feed', server.url),
  });
  for (const [command, ...args] of [
    ['SUBSCRIBE', streamKey(symbol)],
    ['PUBLISH', 'elsewhere', 'x'],
    ['SET', 'elsewhere', 'x'],
    ['EVAL', "return redis.call('SET', KEYS[1], 'x')", 1, 'elsewhere'],
    ['EVAL', "return redis.call('KEYS', '*')", 0],
    ['SCRIPT', 'FLUSH'],
    ['FLUSHALL'],
    ['CONFIG', 'SET', 'maxmemory', '1'],
    ['ACL', 'WHOAMI'],
  ] as const)
    await assert.rejects(feed.call(command, ...args), refused, command);
  feed.disconnect();
  await server.stop();
});

test('what is kept of a ticket opens nothing: it is under the hash of its secret, and for its time', async () => {
  const server = await startRedis();
  const fanout = await openFanout(connectionTo(server.url));
  const secret = await fanout.tickets.issue('{"user":"ann"}', 30_000);
  const keys = await server.client.keys('tw:ticket:*');
  assert.equal(keys.length, 1);
  assert.ok(!keys.join().includes(secret) && !keys.join().includes(secret.slice(0, 8)));
  const leftMs = await server.client.pttl(keys[0] ?? '');
  assert.ok(leftMs > 0 && leftMs <= 30_000, `${leftMs} ms`);
  await fanout.tickets.redeem(secret);
  assert.deepEqual(await server.client.keys('tw:*'), []);
  await fanout.close();
  await server.stop();
});

test('of nodes that died nothing is left behind', async () => {
  const server = await startRedis();
  const fanout = await openFanout(connectionTo(server.url));
  const record = { ipAddress: '127.0.0.1', portNumber: 1, protocol: 'ws', sockets: 0, ready: true };
  for (const instance of ['a', 'b'])
    await fanout.nodes.register({ service: 's', serviceName: 'S', instance, boot: 'x', record }, 50);
  assert.equal((await server.client.keys('tw:*')).length, 2);
  await until('no key is left', async () => (await server.client.keys('tw:*')).length === 0);
  await fanout.close();
  await server.stop();
});

test('what others wrote into the registry, and no instance, is left out', async () => {
  const server = await startRedis();
  const fanout = await openFanout(connectionTo(server.url));
  const record = { ipAddress: '127.0.0.1', portNumber: 1, protocol: 'ws', sockets: 0, ready: true };
  const registration = { service: 's', serviceName: 'S', instance: 'good', boot: 'x', record };
  await fanout.nodes.register(registration, 60_000);
  const later = Date.now() + 60_000;
  const junk = [
    '',
    'junk',
    `${later} 1 boot`,
    `${later} 1 boot {`,
    `${later} 1 boot {"ipAddress":7}`,
    '1 2 3 {}',
  ];
  for (const [i, value] of junk.entries()) await server.client.hset(serviceKey('s'), `junk${i}`, value);
  const listed = async () => (await fanout.nodes.list('s'))?.instances.map(({ instance }) => instance);
  assert.deepEqual(await listed(), ['good']);
  assert.equal((await fanout.nodes.register(registration, 60_000)).outcome, 'registered');
  assert.deepEqual(await listed(), ['good']);
  await fanout.close();
  await server.stop();
});

function passwordOf(user: 'hub' | 'feed', url: string): string {
  return new URL(urlFor(user, url)).password;
}

/** Redis says it in its own words for commands, keys, channels and scripts. */
const refused = /NOPERM|can't run this command|can't access|can't publish|not allowed|No permissions/i;
