import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { RedisProcess } from '#test/redis/redis-process.ts';
import { startRedis } from '#test/redis/start-redis.ts';
import { until } from '#test/redis/until.ts';
import { symbolOf, TestListener, TestSource } from './fixtures.ts';
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
