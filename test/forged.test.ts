import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { nodeSlotKey, ticketKey } from '#fanout/redis/keys.ts';
import { writeInstance } from '#fanout/redis/nodes/node-record.ts';
import { createSigner, type Signer } from '#fanout/redis/nodes/signer.ts';
import { ticketDigest } from '#fanout/redis/nodes/ticket-secret.ts';
import { readMetrics } from './harness/metrics-page.ts';
import type { HubProcess } from './harness/processes.ts';
import { connectRaw } from './harness/raw-client.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { Scene } from './harness/scene.ts';

const jwtSecret = 'kept-by-the-issuer-and-the-hubs-alone';
const hubSecret = 'kept-by-the-hubs-of-this-test-and-alone';
const evil = 'evil.example';

async function sessionAt(hub: HubProcess): Promise<string> {
  const token = await new SignJWT({ sub: 'ann', tickwire: { symbols: ['AAPL'] } })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(jwtSecret));
  const response = await fetch(`http://127.0.0.1:${hub.port}/session`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
  });
  const text = await response.text();
  assert.ok([200, 503].includes(response.status), text);
  return text;
}

function evilHub(signer: Signer): string {
  const now = Date.now();
  const times = { registeredAt: now, renewedAt: now, serviceSince: now, expiresAt: now + 60_000 };
  const names = { service: 'hub', serviceName: 'Tickwire hub', instance: 'evil', boot: 'evil' };
  const record = { ipAddress: '192.0.2.1', portNumber: 443, protocol: 'wss', sockets: 0, ready: true };
  const socketUrl = `wss://${evil}/ws`;
  return signer.seal('node', writeInstance({ ...names, ...record, socketUrl, ...times }));
}

test('whoever can write to Redis, and has not the key of the hubs, sends no client anywhere and makes no session', async (t) => {
  const redis = await startRedis();
  const scene = await Scene.open(t, redis);
  const settings = { AUTH: 'jwt', JWT_SECRET: jwtSecret, HUB_SECRET: hubSecret, NODE_LEASE_MS: 1500 };
  const hub = await scene.startHub({ ...settings, NODE_ID: 'one' });
  await until('sessions are given', async () => (await sessionAt(hub)).includes('node=one'));

  const stranger = createSigner(['a-key-that-somebody-made-up-1234567890']);
  for (let slot = 0; slot < 256; slot++)
    await redis.client.set(nodeSlotKey('hub', slot), evilHub(stranger), 'NX');
  const forged = async (what: string) =>
    (await readMetrics(hub)).value('tickwire_redis_forged_total', { what });
  await until('they are seen', async () => {
    assert.ok(!(await sessionAt(hub)).includes(evil));
    return (await forged('node')) > 0;
  });
  for (let i = 0; i < 20; i++) assert.match(await sessionAt(hub), /node=one"/);
  assert.match(hub.output(), /Redis holds what no hub has signed/);

  const secret = 'x'.repeat(43);
  const digest = ticketDigest(secret);
  const minted = JSON.stringify({ user: 'root', expiresAt: Date.now() + 60_000 });
  for (const [i, text] of [
    minted,
    stranger.seal('ticket', `${digest} ${Date.now() + 30_000} ${minted}`),
  ].entries()) {
    await redis.client.set(ticketKey(digest), text);
    const client = await connectRaw(`${hub.url}?ticket=${secret}`);
    assert.equal((await client.closed).code, 4005);
    assert.equal(await forged('ticket'), i + 1);
  }
});

test('a registered hub at a host that is not configured is sent nobody, though it has the key', async (t) => {
  const redis = await startRedis();
  const scene = await Scene.open(t, redis);
  const hub = await scene.startHub({ HUB_SECRET: hubSecret, NODE_LEASE_MS: 1500, NODE_ID: 'one' });
  const open = { HUB_SECRET: hubSecret, NODE_LEASE_MS: 1500, SESSION_HOSTS: evil };
  const trusting = await scene.startHub({ ...open, NODE_ID: 'two' });
  const urlAt = async ({ port }: HubProcess) =>
    (await fetch(`http://127.0.0.1:${port}/session`, { method: 'POST' })).text();
  await redis.client.set(nodeSlotKey('hub', 255), evilHub(createSigner([hubSecret])), 'PX', 60_000);
  await until('it is seen', async () => {
    assert.ok(!(await urlAt(hub)).includes(evil));
    return (await readMetrics(hub)).value('tickwire_hub_strange_hubs') === 1;
  });
  for (let i = 0; i < 20; i++) assert.doesNotMatch(await urlAt(hub), /evil/);
  assert.match(hub.output(), /TICKWIRE_SESSION_HOSTS/);
  await until('where it is configured clients are sent', async () => (await urlAt(trusting)).includes(evil));
});
