import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type WebSocket, WebSocketServer } from 'ws';
import { codecs } from '#protocol/codec.ts';
import { connectRaw } from './raw-client.ts';

const heartbeat = { type: 'heartbeat', time: '2024-09-14T12:34:56.789Z' } as const;

/** A server on a free port; `next` is the server's side of the connection that comes next. */
async function startServer(t: TestContext) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  t.after(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const next = once(server, 'connection').then(([socket]) => socket as WebSocket);
  return { url: `ws://127.0.0.1:${port}/ws`, next };
}

/** A message to a server of its own and back. */
async function roundTrip(t: TestContext): Promise<void> {
  const { url, next } = await startServer(t);
  const client = await connectRaw(url);
  (await next).on('message', () => next.then((peer) => peer.send('{"type":"pong"}')));
  client.send({ type: 'ping' });
  await client.waitForType('pong');
  await client.close();
}

test('messages are read and written in the format that was chosen', async (t) => {
  for (const codec of [codecs.json, codecs.msgpack]) {
    const { url, next } = await startServer(t);
    const client = await connectRaw(url, { format: codec.format });
    const peer = await next;
    const received = once(peer, 'message');
    client.send({ type: 'ping', id: 1 });
    const [data, binary] = await received;
    assert.deepEqual(codec.decode(data), { ok: true, value: { type: 'ping', id: 1 } });
    assert.equal(binary, codec.binary);
    peer.send(codec.encode(heartbeat), { binary: codec.binary });
    assert.deepEqual(await client.waitForType('heartbeat'), heartbeat);
    assert.equal(client.subprotocol, codec.subprotocol);
    await client.close();
  }
});

test('bytes and text are sent as they are', async (t) => {
  const { url, next } = await startServer(t);
  const client = await connectRaw(url);
  const peer = await next;
  const frames: [string, boolean][] = [];
  peer.on('message', (data, binary) => frames.push([data.toString(), binary]));
  client.send('{');
  client.send(Uint8Array.of(0x41));
  await client.close();
  assert.deepEqual(frames, [
    ['{', false],
    ['A', true],
  ]);
});

test('who waits gets a message that came before or comes later, or an error that says what came', async (t) => {
  const { url, next } = await startServer(t);
  const seen: string[] = [];
  const client = await connectRaw(url, { onMessage: (message) => seen.push(message.type) });
  const peer = await next;
  const later = client.waitForType('pong');
  peer.send('{"type":"heartbeat","time":""}');
  peer.send('{"type":"pong"}');
  assert.equal((await later).type, 'pong');
  assert.equal((await client.waitForType('heartbeat')).type, 'heartbeat');
  assert.deepEqual(seen, ['heartbeat', 'pong']);
  await assert.rejects(client.waitForType('goodbye', 1), /within 1 ms; came: heartbeat, pong/);
});

test('a frame that can not be read, or is of the wrong kind, is counted', async (t) => {
  const { url, next } = await startServer(t);
  const client = await connectRaw(url);
  const peer = await next;
  peer.send('{');
  peer.send(Buffer.from('{"type":"pong"}'));
  peer.send('{"type":"goodbye"}');
  await client.waitForType('goodbye');
  assert.equal(client.undecodable, 2);
});

test('a paused client makes the server wait, and loses nothing', async (t) => {
  const paused = await startServer(t);
  const client = await connectRaw(paused.url);
  const peer = await paused.next;
  client.pause();
  peer.send('{"type":"pong"}');
  const padding = 'x'.repeat(1_000_000);
  for (let id = 0; id < 20; id++) peer.send(JSON.stringify({ type: 'pong', id, padding }));
  peer.send('{"type":"goodbye"}');
  await roundTrip(t); // time enough for the first message to arrive, if it were read
  assert.equal(client.messages.length, 0);
  assert.ok(peer.bufferedAmount > 0, 'something waits at the server');
  client.resume();
  await client.waitForType('goodbye');
  assert.equal(client.messages.length, 22);
});

test('the end of a connection is told with its code', async (t) => {
  const { url, next } = await startServer(t);
  const client = await connectRaw(url);
  (await next).close(4001, 'slow_consumer');
  assert.deepEqual(await client.closed, { code: 4001, reason: 'slow_consumer' });
});

test('a connection that is refused is an error', async () => {
  await assert.rejects(connectRaw('ws://127.0.0.1:1/ws'), /ECONNREFUSED/);
});
