import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { readMetrics } from './harness/metrics-page.ts';
import type { HubProcess } from './harness/processes.ts';
import { connectRaw } from './harness/raw-client.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { resetCount, Scene, symbolNames } from './harness/scene.ts';

const operatorToken = 'the-operators-of-this-test';
const secret = 'kept-by-the-issuer-and-the-hubs-alone';
const leaseMs = 1500;
const settings = {
  ...{ OPERATOR_TOKEN: operatorToken, NODE_LEASE_MS: leaseMs, LOG_LEVEL: 'debug' },
  ...{ AUTH: 'jwt', JWT_SECRET: secret },
};

interface Instance {
  readonly instance_id: string;
  readonly sockets: number;
  readonly ready: boolean;
  readonly port_number: number;
}

/** The live instances of a service, as an operator sees them at `hub`. */
async function instancesOf(hub: HubProcess, service: string): Promise<readonly Instance[]> {
  const response = await fetch(`http://127.0.0.1:${hub.port}/services/${service}`, {
    headers: { Authorization: `Bearer ${operatorToken}` },
  });
  if (response.status === 404) return [];
  assert.equal(response.status, 200);
  return ((await response.json()) as { instances: Instance[] }).instances;
}

async function namesOf(hub: HubProcess, service: string): Promise<string> {
  return (await instancesOf(hub, service)).map(({ instance_id }) => instance_id).join();
}

async function sessionAt(hub: HubProcess): Promise<string> {
  const token = await new SignJWT({ sub: 'ann' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret));
  const response = await fetch(`http://127.0.0.1:${hub.port}/session`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
  });
  assert.equal(response.status, 200, await response.clone().text());
  return ((await response.json()) as { websocket_url: string }).websocket_url;
}

test('clients are sent to the less loaded of two hubs, and a hub that dies or drains gets no more of them', async (t) => {
  const scene = await Scene.open(t, await startRedis());
  const one = await scene.startHub({ ...settings, NODE_ID: 'one' });
  const two = await scene.startHub({ ...settings, NODE_ID: 'two' });
  const feed = await scene.startFeed({ NODE_ID: 'feed-1', NODE_LEASE_MS: leaseMs });
  await until('both hubs are listed', async () => (await namesOf(one, 'hub')) === 'one,two');
  await until('the adapter is listed', async () => (await namesOf(two, 'feed-adapter')) === 'feed-1');

  const urls = await Promise.all(Array.from({ length: 40 }, (_, i) => sessionAt(i % 2 === 0 ? one : two)));
  const opened = await Promise.all(urls.map((url) => connectRaw(url)));
  const welcomes = await Promise.all(opened.map((client) => client.waitForType('welcome')));
  await Promise.all(opened.map((client) => client.waitForType('authenticated')));
  for (const [i, { node }] of welcomes.entries())
    assert.ok(urls[i]?.endsWith(`&node=${node}`), 'each came to the node that was meant');
  const atOne = welcomes.filter(({ node }) => node === 'one').length;
  assert.ok(atOne >= 16 && atOne <= 24, `${atOne} of 40 are at the first`);
  const loads = async () => (await instancesOf(one, 'hub')).map(({ sockets }) => sockets);
  await until('the registry knows the load', async () => (await loads()).join() === `${atOne},${40 - atOne}`);
  assert.equal((await readMetrics(one)).value('tickwire_node_registered'), 1);

  await two.end('SIGKILL');
  const diedAt = performance.now();
  await until('the dead hub is not listed', async () => (await namesOf(one, 'hub')) === 'one');
  t.diagnostic(`it was listed for ${Math.round(performance.now() - diedAt)} ms more`);
  await until('nobody is sent there', async () => (await sessionAt(one)).endsWith('&node=one'));

  const three = await scene.startHub({
    ...settings,
    NODE_ID: 'three',
    DRAIN_MS: 60_000,
    NODE_LEASE_MS: 300_000,
  });
  await until('the new hub is listed', async () => (await namesOf(one, 'hub')) === 'one,three');
  const guest = await connectRaw(three.url);
  const ended = three.end('SIGTERM');
  await until(
    'it has left, long before its lease is over',
    async () => (await namesOf(one, 'hub')) === 'one',
  );
  await until('it drains', () => /hub draining/.test(three.output())); // it leaves first, and says so then
  guest.send({ type: 'ping', id: 'still there' });
  await guest.waitForType('pong');
  guest.close();
  assert.equal(await ended, 0);
  assert.equal(await feed.end(), 0);
  assert.equal(await namesOf(one, 'feed-adapter'), '');
});

test('of two hubs with one id both serve, the second is in no list and says what to change', async (t) => {
  const scene = await Scene.open(t, await startRedis());
  const first = await scene.startHub({ ...settings, NODE_ID: 'same' });
  await until('the first is listed', async () => (await namesOf(first, 'hub')) === 'same');
  const second = await scene.startHub({ ...settings, NODE_ID: 'same' });
  await until('it is told', () => second.output().includes('give each its own TICKWIRE_NODE_ID'));
  const refused = { outcome: 'taken' };
  assert.ok((await readMetrics(second)).value('tickwire_node_registrations_total', refused) > 0);
  assert.deepEqual(
    (await instancesOf(second, 'hub')).map(({ port_number }) => port_number),
    [first.port],
  );
  const client = await connectRaw(second.url);
  await client.waitForType('welcome');
  client.close();
  await first.end('SIGKILL');
  await until('the id is taken over when the lease is over', async () =>
    (await instancesOf(second, 'hub')).some(({ port_number }) => port_number === second.port),
  );
});

test('SDK clients that ask for sessions move to the other hub when theirs drains, and miss nothing', async (t) => {
  const scene = await Scene.open(t, await startRedis());
  const symbols = symbolNames(5);
  const publisher = await scene.createPublisher(symbols, { rate: 300 });
  await publisher.burst(symbols.length);
  publisher.start();
  const open = {
    HUB_SECRET: 'of-the-hubs-of-this-test-and-no-other',
    NODE_LEASE_MS: leaseMs,
    DRAIN_MS: 500,
    OPERATOR_TOKEN: operatorToken,
  };
  const leaving = await scene.startHub({ ...open, NODE_ID: 'leaving' });
  const staying = await scene.startHub({ ...open, NODE_ID: 'staying' });
  await until('both are listed', async () => (await namesOf(staying, 'hub')) === 'leaving,staying');
  const connect = { sessionUrl: '/session' };
  const clients = Array.from({ length: 10 }, (_, i) =>
    scene.useSdk(staying.url, `sdk ${i}`, { symbols, connect }),
  );
  await until('all have begun', () => clients.every(({ updates }) => updates > symbols.length));
  const sockets = async (hub: HubProcess) => (await readMetrics(hub)).value('tickwire_hub_sockets');
  assert.ok((await sockets(leaving)) >= 3 && (await sockets(staying)) >= 3, 'they are spread');
  assert.equal(await leaving.end('SIGTERM'), 0);
  await until('all have moved', async () => (await sockets(staying)) === clients.length);
  await scene.advance(symbols, 20);
  assert.equal(resetCount(await scene.finish()), 0);
});

test('no ticket is printed, nor shown by a metric', async (t) => {
  const scene = await Scene.open(t, await startRedis());
  const hub = await scene.startHub({ ...settings, NODE_ID: 'quiet' });
  await until('it is listed', async () => (await namesOf(hub, 'hub')) === 'quiet');
  const url = await sessionAt(hub);
  const ticket = new URL(url).searchParams.get('ticket') ?? '';
  assert.equal(ticket.length, 43);
  const used = await connectRaw(url);
  await used.waitForType('authenticated');
  const twice = await connectRaw(url);
  assert.equal((await twice.closed).code, 4005);
  const metrics = await (await fetch(`http://127.0.0.1:${hub.operationsPort}/metrics`)).text();
  assert.match(metrics, /tickwire_hub_authentications_total\{[^}]*invalid_ticket[^}]*\} 1/);
  used.close();
  await hub.end();
  for (const text of [metrics, hub.output()]) assert.ok(!text.includes(ticket.slice(0, 12)));
});

test('while Redis is away hubs serve on, give no session, and are listed again when it is back', async (t) => {
  const redis = await startRedis();
  const scene = await Scene.open(t, redis);
  const hub = await scene.startHub({ ...settings, NODE_ID: 'patient', AUTH: 'none', JWT_SECRET: '' });
  await until('it is listed', async () => (await namesOf(hub, 'hub')) === 'patient');
  const client = await connectRaw(hub.url);
  await redis.client.flushall();
  await until('it is listed again', async () => (await namesOf(hub, 'hub')) === 'patient');
  redis.freeze();
  const ask = async (): Promise<number> =>
    (await fetch(`http://127.0.0.1:${hub.port}/session`, { method: 'POST' })).status;
  await until('sessions are refused', async () => (await ask()) === 503);
  client.send({ type: 'ping', id: 1 });
  await client.waitForType('pong');
  redis.thaw();
  await until('sessions are given', async () => (await ask()) === 200);
});
