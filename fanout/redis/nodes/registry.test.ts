import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Registration } from '#fanout/node-ports.ts';
import { nodeSlotKey, serviceSlotKey, ticketKey } from '#fanout/redis/keys.ts';
import { connectionTo, createCounts, openFanout, testSigningKey } from '#fanout/redis/redis-fixtures.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { until } from '#test/harness/redis/until.ts';
import { type KeptInstance, writeInstance } from './node-record.ts';
import { createSigner } from './signer.ts';
import { ticketDigest } from './ticket-secret.ts';

/** What whoever can write to Redis makes of the registry and of tickets. */
let redis: RedisProcess;
before(async () => {
  redis = await startRedis();
});
after(() => redis.stop());

const hubs = createSigner([testSigningKey]);
const stranger = createSigner(['a-key-of-somebody-else-1234567890ab']);

const record = {
  ...{ ipAddress: '127.0.0.1', portNumber: 1, protocol: 'ws', socketUrl: 'ws://127.0.0.1:1/ws' },
  ...{ sockets: 0, ready: true },
};

function registrationOf(service: string, instance: string): Registration {
  return { service, serviceName: service, instance, boot: 'x', record };
}

function keptAt(now: number, fields: object = {}): KeptInstance {
  const times = { registeredAt: now, renewedAt: now, serviceSince: now, expiresAt: now + 60_000 };
  return { ...record, ...registrationOf('hub', 'evil'), ...times, ...fields };
}

async function open(t: { after(work: () => Promise<void>): void }) {
  await redis.client.flushall();
  const counts = createCounts();
  const fanout = await openFanout(connectionTo(redis.url), counts);
  t.after(() => fanout.close());
  const listed = async (service = 'hub') =>
    (await fanout.nodes.list(service))?.instances.map(({ instance }) => instance) ?? [];
  return { fanout, counts, listed };
}

test('of nodes that died nothing is left behind', async (t) => {
  const { fanout } = await open(t);
  for (const instance of ['a', 'b']) await fanout.nodes.register(registrationOf('s', instance), 50);
  assert.ok((await redis.client.keys('tw:*')).length >= 2);
  await until('no key is left', async () => (await redis.client.keys('tw:*')).length === 0);
});

test('a hub that another key signed, or none, is in no list, counted, and keeps nobody out', async (t) => {
  const { fanout, counts, listed } = await open(t);
  const text = writeInstance(keptAt(Date.now()));
  const forgeries = [
    text,
    stranger.seal('node', text),
    hubs.seal('ticket', text),
    hubs.seal('node', text).replace('"evil"', '"good"'),
    hubs.seal('node', writeInstance(keptAt(Date.now(), { service: 'candles' }))),
    hubs.seal('node', writeInstance(keptAt(Date.now() - 120_000))),
  ];
  for (const [slot, forged] of forgeries.entries()) await redis.client.set(nodeSlotKey('hub', slot), forged);
  assert.deepEqual(await listed(), []);
  assert.equal(counts.forged, forgeries.length);
  assert.equal((await fanout.nodes.register(registrationOf('hub', 'evil'), 60_000)).outcome, 'registered');
  assert.deepEqual(await listed(), ['evil']);
  assert.equal(await fanout.nodes.leave('hub', 'evil', 'x'), true);
  assert.deepEqual(await listed(), []);
});

test('what is no instance is left out and counted whoever signed it, and breaks nothing', async (t) => {
  const { fanout, counts, listed } = await open(t);
  const now = Date.now();
  const junk = [
    ...['', 'junk', '{', 'null', '[]', '7', '"x"', '\0'.repeat(9)],
    ...[1e300, -1, 'soon'].map((expiresAt) => JSON.stringify({ ...keptAt(now), expiresAt })),
    JSON.stringify(keptAt(now, { instance: 'a b' })),
  ];
  for (const [slot, text] of junk.entries())
    await redis.client.set(nodeSlotKey('hub', slot), hubs.seal('node', text));
  await redis.client.set(nodeSlotKey('hub', 200), hubs.seal('node', `${'x'.repeat(10_000)}`));
  assert.deepEqual(await listed(), []);
  assert.equal(counts.undecodableOf.node, junk.length);
  assert.equal(counts.forged, 1, 'what is too long is not even looked at');
  assert.equal((await fanout.nodes.register(registrationOf('hub', 'good'), 60_000)).outcome, 'registered');
  assert.deepEqual(await listed(), ['good']);
});

test('junk among the services takes no room, and a service without end ends all the same', async (t) => {
  const { fanout } = await open(t);
  for (let slot = 0; slot < 63; slot++) await redis.client.set(serviceSlotKey(slot), 'junk');
  await redis.client.set(serviceSlotKey(63), `${8.64e15} odd`);
  assert.equal((await fanout.nodes.register(registrationOf('odd', 'one'), 60_000)).outcome, 'registered');
  const leftMs = await redis.client.pttl(serviceSlotKey(63));
  assert.ok(leftMs > 0 && leftMs <= 86_400_000, `${leftMs} ms`);
  assert.equal((await fanout.nodes.register(registrationOf('other', 'one'), 60_000)).outcome, 'registered');
});

test('a registry full of junk has room for a hub', async (t) => {
  const { fanout, listed } = await open(t);
  for (let slot = 0; slot < 256; slot++) await redis.client.set(nodeSlotKey('hub', slot), 'junk');
  assert.equal((await fanout.nodes.register(registrationOf('hub', 'good'), 60_000)).outcome, 'registered');
  assert.deepEqual(await listed(), ['good']);
});

test('a key of another type is an error of the registry, and of nothing else', async (t) => {
  const { fanout, listed } = await open(t);
  await redis.client.hset(nodeSlotKey('hub', 3), 'a', 'b');
  await fanout.nodes.register(registrationOf('hub', 'good'), 60_000);
  assert.deepEqual(await listed(), ['good']);
});

test("an adapter's place needs no signature, and stands among the adapters alone", async (t) => {
  const { counts, listed } = await open(t);
  const text = writeInstance(keptAt(Date.now(), { service: 'feed-adapter', instance: 'feed' }));
  await redis.client.set(nodeSlotKey('feed-adapter', 0), stranger.seal('node', text));
  assert.deepEqual(await listed('feed-adapter'), ['feed']);
  assert.deepEqual(await listed('hub'), []);
  assert.equal(counts.forged, 0);
});

test('a ticket that no hub signed, that is of another secret or that is put back later redeems nothing', async (t) => {
  const { fanout, counts } = await open(t);
  const secret = 's'.repeat(43);
  const digest = ticketDigest(secret);
  const until = Date.now() + 30_000;
  const payload = '{"user":"root"}';
  const good = hubs.seal('ticket', `${digest} ${until} ${payload}`);
  const forgeries = [
    payload,
    '',
    stranger.seal('ticket', `${digest} ${until} ${payload}`),
    hubs.seal('node', `${digest} ${until} ${payload}`),
    hubs.seal('ticket', `${ticketDigest('other')} ${until} ${payload}`),
    hubs.seal('ticket', `${digest} ${Date.now() - 60_000} ${payload}`),
    hubs.seal('ticket', `${digest} 9999999999999999 ${payload}`),
    hubs.seal('ticket', `${digest} ${until} ${'x'.repeat(20_000)}`),
    good.replace('root', 'boot'),
    `${good.startsWith('x') ? 'y' : 'x'}${good.slice(1)}`,
  ];
  for (const [i, forged] of forgeries.entries()) {
    await redis.client.set(ticketKey(digest), forged);
    assert.equal(await fanout.tickets.redeem(secret), undefined, `forgery ${i}`);
    assert.equal(counts.forged, i + 1);
  }
  await redis.client.set(ticketKey(digest), good);
  assert.equal(await fanout.tickets.redeem(secret), payload);
  assert.equal(counts.forged, forgeries.length);
});
