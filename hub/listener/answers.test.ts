import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { closed } from '#runtime/closed-fixture.ts';
import { until } from '#test/harness/redis/until.ts';
import { serving } from './fixtures.ts';

/** More than the buffers of a connection hold. */
const bodyBytes = 32 * 1024 * 1024;
/** Its bytes say where in it they are. */
const body = Buffer.alloc(bodyBytes);
for (let at = 0; at < bodyBytes; at += 4) body.writeUInt32LE(at, at);

/** A server that answers every request with the body; returns what opens a connection that has asked for it. */
async function serveBody(t: TestContext): Promise<() => Socket> {
  const { port } = await serving(t, { http: () => ({ status: 200, headers: [], body }) });
  return () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined); // an end like any other
    t.after(() => socket.destroy());
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    return socket;
  };
}

/** The server waits for 10 s for a client to take more. */
const unreadMs = 15_000;

/** Reads on; returns how much came before the server ended the connection. */
async function bytesUntilEnd(socket: Socket): Promise<number> {
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await closed(socket);
  return bytes;
}

test('a client that pauses gets the whole body all the same, every byte in its place', async (t) => {
  const socket = (await serveBody(t))();
  const chunks: Buffer[] = [];
  let length = 0;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (chunks.length % 20 !== 0) return;
    socket.pause();
    setImmediate(() => socket.resume());
  });
  await until('all of it is there', () => length > bodyBytes);
  const answer = Buffer.concat(chunks);
  assert.ok(answer.subarray(answer.indexOf('\r\n\r\n') + 4).equals(body));
});

test('clients that ask and do not read have no copy of the body, and are cut off', {
  timeout: 60_000,
}, async (t) => {
  const open = await serveBody(t);
  const before = process.memoryUsage().rss;
  const sockets = Array.from({ length: 40 }, open);
  await Promise.all(sockets.map((socket) => once(socket, 'readable')));
  const grown = process.memoryUsage().rss - before;
  assert.ok(grown < 8 * bodyBytes, `${Math.round(grown / 1e6)} MB for 40 of them`);
  await delay(unreadMs);
  const heard = await Promise.all(sockets.map(bytesUntilEnd));
  for (const bytes of heard) assert.ok(bytes < bodyBytes, `${bytes} bytes`);
});
