import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { connectRaw } from './harness/raw-client.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { Scene } from './harness/scene.ts';

const secret = 'a secret that is long enough for an HMAC';
const user = 'ursula-the-user';
const symbols = ['ZEBRA', 'QUAGGA'];

test('after traffic of all kinds no metric shows a symbol, a user, a session or an address', async (t) => {
  const scene = await Scene.open(t, await startRedis());
  const hub = await scene.startHub({ AUTH: 'jwt', JWT_SECRET: secret });
  const feed = await scene.startFeed({
    ...{ VENUES: 'push', PUSH_SYMBOLS: symbols.join(','), PUSH_TOKEN: 'a-token-for-pushing' },
  });
  const push = () =>
    fetch(`http://127.0.0.1:${feed.port}/ticks`, {
      method: 'POST',
      headers: { Authorization: 'Bearer a-token-for-pushing', 'Content-Type': 'application/json' },
      body: JSON.stringify([...symbols, 'UNICORN'].map((symbol) => ({ symbol, price: 1 }))),
    });
  await until('ticks are taken', async () => (await push()).status === 200);
  const client = await connectRaw(hub.url, { offer: ['tickwire.json.v1', `tickwire.token.${token()}`] });
  t.after(() => client.cut());
  const { session } = await client.waitForType('welcome');
  await until('the symbols are known', async () => {
    client.send({ type: 'subscribe', symbols: [...symbols, 'UNICORN'] });
    return client.messages.some((message) => message.type === 'subscribed' && 'ZEBRA' in message.symbols);
  });
  client.send('junk');
  await push();
  await client.waitForType('price_update');
  for (const { operationsPort } of [hub, feed]) {
    const text = await (await fetch(`http://127.0.0.1:${operationsPort}/metrics`)).text();
    assert.match(text, /^tickwire_/m);
    for (const hidden of [...symbols, 'UNICORN', user, session, '127.0.0.1', 'a-token-for-pushing', secret])
      assert.ok(!text.includes(hidden), hidden);
  }
});

function token(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const payload = { sub: user, exp: Math.floor(Date.now() / 1000) + 600 };
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(payload)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}
