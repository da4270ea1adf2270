import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import WebSocket from 'ws';
import { jwtAuthenticator, tokenWith } from '#hub/auth/fixtures.ts';
import { createHubCounts } from '#hub/counts.ts';
import type { HubLimits } from '#hub/hub-limits.ts';
import { type ListeningHub, PlainClient, startHub } from '#hub/socket-fixtures.ts';
import { until } from '#test/harness/redis/until.ts';
import { createConnectionGate } from './connection-gate.ts';
import { parseNetworks } from './network-address.ts';

async function start(t: TestContext, limits: Partial<HubLimits>): Promise<ListeningHub> {
  const hub = await startHub(limits);
  t.after(() => hub.hub.stop());
  return hub;
}

/** Connections that say nothing. */
function silent(t: TestContext, { port }: ListeningHub, count: number): Socket[] {
  return Array.from({ length: count }, () => {
    const socket = connect(port, '127.0.0.1');
    t.after(() => socket.destroy());
    return socket.on('error', () => undefined).resume();
  });
}

const ended = (sockets: readonly Socket[]): number => sockets.filter(({ closed }) => closed).length;

test('connections of one address that ask for nothing are bounded, counted, and ended in time', async (t) => {
  const hub = await start(t, { silentPerAddressMax: 20 });
  const sockets = silent(t, hub, 50);
  const { refusedConnections } = hub.hub.counts;
  await until('those beyond are ended', () => ended(sockets) >= 30);
  assert.equal(refusedConnections.address_limit, 30);
  await until('the others are ended as well', () => ended(sockets) === 50);
  await until('the address may come again', async () => {
    const answer = await fetch(`http://127.0.0.1:${hub.port}/health`);
    return answer.status === 200;
  });
});

test('connections that are no sockets are bounded in all, and sockets do not count among them', async (t) => {
  const hub = await start(t, { httpConnectionsMax: 10 });
  for (let round = 0; round < 15; round++) {
    const client = await PlainClient.connect(hub.url);
    if (round % 2 === 0) client.close();
  }
  const sockets = silent(t, hub, 25);
  await until('those beyond are ended', () => ended(sockets) >= 15);
  assert.equal(hub.hub.counts.refusedConnections.node_limit, 15);
  for (const socket of sockets) socket.destroy();
  await until('there is room again', async () => {
    const client = await PlainClient.connect(hub.url);
    await client.awaits(({ type }) => type === 'welcome');
    return true;
  });
});

test('who asks is not silent, and a trusted proxy may have many', () => {
  const trustedProxies = parseNetworks(['10.0.0.1']);
  assert.ok(trustedProxies !== undefined);
  const counts = createHubCounts();
  const clock = { ms: 0 };
  const limits = {
    httpConnectionsMax: 100,
    silentPerAddressMax: 2,
    connectionsPerSecond: 1,
    rateAddressesMax: 10,
  };
  const gate = createConnectionGate({ counts, trustedProxies, secure: false, now: () => clock.ms }, limits);
  const come = (peer: string, count: number) => Array.from({ length: count }, () => gate.opened(peer));
  assert.deepEqual(come('192.0.2.1', 3), [true, true, false]);
  gate.asked('192.0.2.1');
  assert.deepEqual(come('192.0.2.1', 2), [true, false]);
  assert.deepEqual(come('10.0.0.1', 5), Array(5).fill(true));
  assert.deepEqual(come('2001:db8::1', 2), [true, true]);
  assert.deepEqual(come('2001:db8::2', 1), [false], 'the same /64');
  clock.ms = 20_000;
  assert.deepEqual(come('192.0.2.1', 3), [true, true, false], 'the earlier ones were ended by then');
});

test('a message above the bound is ended as soon as it says so, before the hub keeps a byte of it', async (t) => {
  const hub = await startHub({}, undefined, undefined, jwtAuthenticator());
  t.after(() => hub.hub.stop());
  const open = async () => {
    const socket = connect(hub.port, '127.0.0.1').on('error', () => undefined);
    t.after(() => socket.destroy());
    socket.write(
      'GET /ws HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await new Promise((resolve) => socket.once('data', resolve));
    return socket.resume();
  };
  const frameHead = (opcode: number, bytes: number) => {
    const head = Buffer.alloc(14);
    head.set([opcode, 0x80 | 127]);
    head.writeBigUInt64BE(BigInt(bytes), 2);
    return head;
  };
  const announced = await Promise.all(Array.from({ length: 20 }, open));
  for (const socket of announced) socket.write(frameHead(0x82, 100_000));
  const inParts = await Promise.all(Array.from({ length: 20 }, open));
  const part = Buffer.concat([frameHead(0x02, 50_000), Buffer.alloc(50_000)]);
  for (const socket of inParts) {
    socket.write(part);
    socket.write(frameHead(0x00, 50_000));
    socket.write(Buffer.alloc(40_000)); // with the first part it is above the bound, and not whole
  }
  const within = await open();
  within.write(frameHead(0x82, 80_000));
  await until('all are ended', () => ended([...announced, ...inParts]) === 40);
  assert.equal(ended([within]), 0, 'a message within the bound is waited for');
});

test('sockets without a good token are bounded in all, and who shows one makes room', async (t) => {
  const hub = await startHub({ unauthenticatedSocketsMax: 2 }, undefined, undefined, jwtAuthenticator());
  t.after(() => hub.hub.stop());
  const first = await PlainClient.connect(hub.url);
  await PlainClient.connect(hub.url);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const socket = new WebSocket(hub.url);
    socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode));
    socket.on('open', reject);
    socket.on('error', () => undefined);
  });
  assert.equal(status, 503);
  assert.equal(hub.hub.counts.refusedSockets.unauthenticated_limit, 1);
  first.send({ type: 'authenticate', token: await tokenWith({}) });
  await first.awaits(({ type }) => type === 'authenticated');
  await PlainClient.connect(hub.url);
});
