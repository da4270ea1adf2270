import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import WebSocket from 'ws';
import { ConfigError, readConfig } from '#runtime/config/config.ts';
import { hostKeys } from '#runtime/http/known-hosts.ts';
import { createAuthority, type TestAuthority } from '#test/harness/redis/tls-files.ts';
import { until } from '#test/harness/redis/until.ts';
import { hubKeys } from './config.ts';
import { edgeOf } from './edge-config.ts';
import type { HubLimits } from './hub-limits.ts';
import { type ListeningHub, startHub } from './socket-fixtures.ts';

/** A hub that speaks TLS, with the files of its certificate where the test can change them. */
interface SecureHub extends ListeningHub {
  readonly authority: TestAuthority;
  /** Puts another certificate into the hub's files, the key first. */
  replaceBy(name: string): Promise<void>;
  readonly cert: string;
  readonly key: string;
}

async function startSecure(t: TestContext, limits: Partial<HubLimits> = {}): Promise<SecureHub> {
  const authority = await createAuthority(t);
  const cert = join(authority.folder, 'hub.pem');
  const key = join(authority.folder, 'hub-key.pem');
  const replaceBy = async (name: string): Promise<void> => {
    const pair = await authority.issue(name);
    await copyFile(pair.key, key);
    await copyFile(pair.cert, cert);
  };
  await replaceBy('first');
  const edge = edgeOf(
    readConfig({ ...hostKeys, ...hubKeys }, { TICKWIRE_TLS_CERT: cert, TICKWIRE_TLS_KEY: key }),
  );
  const hub = await startHub({ certificateCheckMs: 20, ...limits }, undefined, undefined, undefined, edge);
  t.after(() => hub.hub.stop());
  return { ...hub, url: hub.url.replace('ws:', 'wss:'), authority, replaceBy, cert, key };
}

async function handshake(
  { port, authority }: SecureHub,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const ca = await readFile(authority.ca);
  const socket = connect({ host: '127.0.0.1', port, ca, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

/** The name in the certificate that a new connection is shown. */
async function shownName(hub: SecureHub): Promise<string> {
  const socket = await handshake(hub);
  const name = String(socket.getPeerCertificate().subject.CN);
  socket.destroy();
  return name;
}

async function openSocket(t: TestContext, { url, authority }: SecureHub) {
  const socket = new WebSocket(url, { ca: await readFile(authority.ca) });
  t.after(() => socket.terminate());
  const received: string[] = [];
  let closed = false;
  socket.on('message', (data) => received.push(String(data)));
  socket.on('close', () => {
    closed = true;
  });
  await once(socket, 'open');
  const subscribe = (): void => socket.send('{"type":"subscribe","symbols":["AAPL"]}');
  const has = (what: string): boolean => received.some((frame) => frame.includes(what));
  return { subscribe, has, closed: () => closed };
}

test('sockets and pages come by TLS, and pages promise to go on so', async (t) => {
  const hub = await startSecure(t);
  const client = await openSocket(t, hub);
  client.subscribe();
  await until('it is answered', () => client.has('"subscribed"'));
  const socket = await handshake(hub);
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const [answer] = await once(socket, 'data');
  assert.match(String(answer), /Strict-Transport-Security: max-age=\d+/);
  socket.destroy();
});

test("a page that did not come by TLS gets no socket, even if it is of the hub's own name", async (t) => {
  const hub = await startSecure(t);
  const statuses = ['http', 'https'].map(async (scheme) => {
    const socket = await handshake(hub);
    const upgrade = 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13';
    const key = `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`;
    socket.write(`GET /ws HTTP/1.1\r\nHost: a\r\nOrigin: ${scheme}://a\r\n${upgrade}\r\n${key}\r\n\r\n`);
    const [answer] = await once(socket, 'data');
    socket.destroy();
    return String(answer).slice('HTTP/1.1 '.length, 'HTTP/1.1 '.length + 3);
  });
  assert.deepEqual(await Promise.all(statuses), ['403', '101']);
});

test('TLS handshakes of an address are limited before they cost anything', async (t) => {
  const hub = await startSecure(t, { connectionsPerSecond: 1 });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 30 }, async () => (await handshake(hub)).destroy()),
  );
  const refused = outcomes.filter(({ status }) => status === 'rejected').length;
  assert.ok(refused >= 10, `${refused} refused`);
  assert.equal(hub.hub.counts.refusedConnections.address_rate, refused);
});

test('in the clear nobody is answered', async (t) => {
  const hub = await startSecure(t);
  await assert.rejects(fetch(`http://127.0.0.1:${hub.port}/health`));
});

for (const version of ['TLSv1', 'TLSv1.1'] as const)
  test(`${version} is refused, 1.2 and 1.3 are spoken`, async (t) => {
    const hub = await startSecure(t);
    const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await assert.rejects(handshake(hub, old), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
    for (const spoken of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await handshake(hub, { minVersion: spoken, maxVersion: spoken });
      assert.equal(socket.getProtocol(), spoken);
      socket.destroy();
    }
  });

test('a new certificate is shown to new connections, and the old sockets live on with every update', async (t) => {
  const hub = await startSecure(t);
  const old = await openSocket(t, hub);
  old.subscribe();
  await until('it is answered', () => old.has('"subscribed"'));
  await hub.publish('AAPL', 1);
  await until('it has an update', () => old.has('"price":1,'));
  await hub.replaceBy('second');
  await until('the new certificate is shown', async () => (await shownName(hub)) === 'second');
  const recent = await openSocket(t, hub);
  recent.subscribe();
  await until('it is answered', () => recent.has('"subscribed"'));
  await hub.publish('AAPL', 2, 3, 4);
  for (const client of [old, recent]) await until('both have all updates', () => client.has('"price":4,'));
  assert.ok(['"price":2,', '"price":3,'].every(old.has) && ['"price":2,', '"price":3,'].every(recent.has));
  assert.equal(old.closed(), false);
  assert.equal(hub.hub.counts.sockets, 2);
});

test('half a new certificate, or junk, leaves the old one in place until all of it is there', async (t) => {
  const hub = await startSecure(t);
  const next = await hub.authority.issue('next');
  await copyFile(next.cert, hub.cert);
  await hub.publish('AAPL', 1);
  assert.equal(await shownName(hub), 'first');
  await writeFile(hub.cert, 'junk');
  assert.equal(await shownName(hub), 'first');
  await copyFile(next.key, hub.key);
  await copyFile(next.cert, hub.cert);
  await until('the new certificate is shown', async () => (await shownName(hub)) === 'next');
});

test('a certificate that can not be used stops the start and names the key to mend', async (t) => {
  const authority = await createAuthority(t);
  const [one, other] = [await authority.issue('one'), await authority.issue('other')];
  const start = (cert: string, key: string) => () =>
    edgeOf(readConfig({ ...hostKeys, ...hubKeys }, { TICKWIRE_TLS_CERT: cert, TICKWIRE_TLS_KEY: key }));
  for (const [attempt, problem] of [
    [start('/nowhere.pem', one.key), /TICKWIRE_TLS_CERT names \/nowhere\.pem.*ENOENT/],
    [start(one.cert, '/nowhere.pem'), /TICKWIRE_TLS_KEY names \/nowhere\.pem.*ENOENT/],
    [start(one.key, one.key), /TICKWIRE_TLS_CERT .*no certificate/],
    [start(one.cert, one.cert), /TICKWIRE_TLS_KEY .*no private key/],
    [start(one.cert, other.key), /TICKWIRE_TLS_KEY .*is not the key of the certificate in TICKWIRE_TLS_CERT/],
    [start(one.cert, ''), /together or not at all/],
    [start('', one.key), /together or not at all/],
  ] as const)
    assert.throws(attempt, (error: unknown) => error instanceof ConfigError && problem.test(error.message));
});
