import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { until } from '#test/harness/redis/until.ts';
import { TcpProxy } from './tcp-proxy.ts';

interface Wire {
  readonly proxy: TcpProxy;
  readonly client: Socket;
  readonly server: Socket;
  /** What the client has received. */
  received(): string;
}

async function openWire(t: TestContext): Promise<Wire> {
  const listener = createServer().listen(0, '127.0.0.1');
  listener.on('connection', (socket) => socket.on('error', () => undefined)); // the proxy resets some
  await once(listener, 'listening');
  const proxy = await TcpProxy.open(() => (listener.address() as AddressInfo).port);
  const accepted = once(listener, 'connection');
  const client = connect(proxy.port, '127.0.0.1');
  const [server] = (await accepted) as [Socket];
  let text = '';
  client.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  client.on('error', () => undefined);
  t.after(async () => {
    client.destroy();
    server.destroy();
    await proxy.close();
    listener.close();
  });
  await until('the link stands', () => proxy.links.size === 1);
  return { proxy, client, server, received: () => text };
}

test('what falls into a black hole is delivered in order when it is healed', async (t) => {
  const { proxy, server, received } = await openWire(t);
  server.write('a');
  await until('a has come', () => received() === 'a');
  proxy.impair({ kind: 'black_hole' });
  server.write('b');
  server.write('c');
  assert.equal(received(), 'a');
  proxy.impair({ kind: 'none' });
  await until('the rest has come', () => received() === 'abc');
});

test('a delayed chunk comes late, and not before the one ahead of it', async (t) => {
  const { proxy, server, received } = await openWire(t);
  proxy.impair({ kind: 'delay', ms: 80 });
  const sentAt = performance.now();
  server.write('slow');
  proxy.impair({ kind: 'delay', ms: 80 });
  await until('it has come', () => received() === 'slow');
  assert.ok(performance.now() - sentAt >= 75);
});

test('a throttled line brings everything, at its rate', async (t) => {
  const { proxy, server, received } = await openWire(t);
  proxy.impair({ kind: 'throttle', bytesPerSecond: 10_000 });
  const sentAt = performance.now();
  server.write('x'.repeat(2000));
  await until('all has come', () => received().length === 2000);
  assert.ok(performance.now() - sentAt >= 150);
});

test('a reset ends both sides', async (t) => {
  const { proxy, client, server } = await openWire(t);
  proxy.reset();
  await until('both have ended', () => client.destroyed && server.destroyed);
  assert.equal(proxy.links.size, 0);
});

test('of a half-open connection the one side has ended and the other hears nothing', async (t) => {
  const { proxy, client, server } = await openWire(t);
  for (const link of proxy.links) link.loseUpstream();
  await until('the server side has ended', () => server.destroyed || server.readableEnded);
  assert.equal(client.destroyed, false);
  assert.equal(client.readableEnded, false);
});

test('who is refused is let in again when the proxy admits', async (t) => {
  const { proxy } = await openWire(t);
  proxy.refuse();
  const refused = connect(proxy.port, '127.0.0.1');
  refused.on('error', () => undefined);
  await until('it has ended', () => refused.destroyed);
  proxy.admit();
  const admitted = connect(proxy.port, '127.0.0.1');
  await until('the link stands', () => proxy.links.size === 1);
  admitted.destroy();
});
