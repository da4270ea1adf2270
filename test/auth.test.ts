import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { WebSocket } from 'ws';
import { codecs } from '#protocol/codec.ts';
import { formatPosition } from '#protocol/position.ts';
import { closed } from '#runtime/closed-fixture.ts';
import { readMetrics } from './harness/metrics-page.ts';
import { startProcess } from './harness/processes.ts';
import { connectRaw } from './harness/raw-client.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { resetCount, Scene, symbolNames } from './harness/scene.ts';

const secret = 'kept-by-the-issuer-and-the-hubs-alone';
const jwt = { AUTH: 'jwt', JWT_SECRET: secret, JWT_CLOCK_TOLERANCE: 0, LOG_LEVEL: 'debug' };
const symbols = symbolNames(6);

/** Every token of this file, to look for them in what the hub prints. */
const minted: string[] = [];

async function mint(lifeSeconds: number, tickwire: object = {}, sub = 'ann'): Promise<string> {
  const token = await new SignJWT({ sub, tickwire })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(Math.ceil(Date.now() / 1000) + lifeSeconds)
    .sign(new TextEncoder().encode(secret));
  minted.push(token);
  return token;
}

test('clients whose tokens last seconds miss nothing in the life of many tokens, nor when their hub dies', async (t) => {
  const scene = await Scene.open(t, await startRedis());
  const publisher = await scene.createPublisher(symbols, { rate: 500 });
  await publisher.burst(symbols.length);
  publisher.start();
  const hub = await scene.startHub(jwt);
  const clients = Array.from({ length: 10 }, (_, i) =>
    scene.useSdk(hub.url, `sdk ${i}`, {
      ...{ symbols, connect: { token: () => mint(2, {}, `user-${i}`) } },
      // On a machine that stood still a token may be renewed too late: its client comes back and misses nothing, either.
      mayHear: ['token_expired'],
    }),
  );
  const accepted = async (outcome: string): Promise<number> =>
    (await readMetrics(hub)).value('tickwire_hub_authentications_total', { outcome });
  await until(
    'every token was renewed twice over its socket',
    async () => (await accepted('refreshed')) >= 20,
  );
  t.diagnostic(`${await accepted('expired')} expired`);
  await until('all are live', () => clients.every(({ client }) => client.state === 'live'));
  await hub.end('SIGKILL');
  await scene.startHub({ ...jwt, PORT: hub.port });
  await scene.advance(symbols, 50);
  assert.equal(resetCount(await scene.finish()), 0);
});

test('a hub says nothing to who has no right, and prints nothing of tokens or secrets', async (t) => {
  const scene = await Scene.open(t, await startRedis());
  const publisher = await scene.createPublisher(symbols, { rate: 500 });
  await publisher.burst(symbols.length * 20);
  publisher.start();
  const hub = await scene.startHub({ ...jwt, AUTHENTICATE_MS: 300 });
  const [open = '', withheld = ''] = symbols;
  const headers = { Authorization: `Bearer ${await mint(600, { symbols: [open] })}` };
  const http = await fetch(`http://127.0.0.1:${hub.port}/symbols`, { headers });
  assert.deepEqual(await http.json(), { symbols: [{ symbol: open, source: 'test-0' }] });
  assert.equal((await fetch(`http://127.0.0.1:${hub.port}/symbols`)).status, 401);

  const token = await mint(600, { symbols: [open] });
  const entitled = await connectRaw(hub.url, { offer: [codecs.json.subprotocol, `tickwire.token.${token}`] });
  assert.equal(entitled.subprotocol, codecs.json.subprotocol);
  const position = scene.last.get(withheld) ?? assert.fail('something was published');
  const since = { [withheld]: formatPosition({ ...position, seq: 0 }) };
  entitled.send({ type: 'subscribe', symbols: [open, withheld], since });
  const answer = await entitled.waitForType('subscribed');
  assert.deepEqual(
    [Object.keys(answer.symbols), answer.rejected?.map(({ code }) => code)],
    [[open], ['not_entitled']],
  );
  const stranger = await connectRaw(hub.url);
  stranger.send({ type: 'subscribe', symbols });
  assert.equal((await stranger.closed).code, 4503);
  const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(43)}`;
  const liar = await connectRaw(hub.url, { offer: [codecs.json.subprotocol, `tickwire.token.${forged}`] });
  assert.equal((await liar.closed).code, 4503);
  await scene.advance([withheld], 20);
  for (const client of [entitled, stranger, liar])
    for (const message of client.messages)
      if (message.type === 'price_update') assert.deepEqual(Object.keys(message.data), [open]);
  assert.equal(
    stranger.messages.some(({ type }) => type === 'price_update'),
    false,
  );

  const oversized = { Authorization: `Bearer ${'x'.repeat(100_000)}` };
  const long = new WebSocket(hub.url, { headers: oversized, handshakeTimeout: 5000 });
  long.on('error', () => undefined); // whether by HTTP or by a close code, it is refused
  await closed(long);
  assert.equal(await hub.end(), 0);
  const printed = hub.output();
  assert.match(printed, /hub listening/);
  for (const hidden of [secret, forged, ...minted, ...minted.flatMap((one) => one.split('.').slice(1))])
    assert.ok(!printed.includes(hidden), `${hidden} is printed`);
});

test('a hub for other machines does not start without tokens, unless that is meant', async () => {
  const started = startProcess('processes/hub.ts', { HOST: '0.0.0.0', PORT: 0, OPERATIONS_PORT: 0 });
  assert.equal(await started.exited, 1);
  assert.match(started.output(), /TICKWIRE_AUTH=jwt, or TICKWIRE_AUTH_NONE_OK=1/);
  assert.doesNotMatch(started.output(), /^ +at /m, 'there is no stack trace');
});
