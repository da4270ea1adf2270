import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { HubMessage } from '#protocol/messages.ts';
import { chosenListener } from '#test/harness/chosen-listener.ts';
import { story } from './fixtures.ts';
import { type ListeningHub, PlainClient, startHub } from './socket-fixtures.ts';

const text = 0x81;
const ping = 0x89;
const close = 0x88;

/** A client's frame: `head` is flags and opcode, `length` what it says of its length. */
function frame(head: number, payload: Uint8Array, length: number = payload.length): Buffer {
  const long = length < 126 ? Buffer.of(0x80 | length) : Buffer.of(0x80 | 126, length >> 8, length & 0xff);
  return Buffer.concat([Buffer.of(head), long, Buffer.alloc(4), payload]); // a mask of zeros changes nothing
}

function closeWith(code: number, reason: Uint8Array = Buffer.alloc(0)): Buffer {
  return frame(close, Buffer.concat([Buffer.of(code >> 8, code & 0xff), reason]));
}

/** A length of 64 bits, and not a byte of what it promises. */
function hugeFrame(firstByte: number): Buffer {
  return Buffer.concat([Buffer.of(0x82, 0x80 | 127, firstByte), Buffer.alloc(7), Buffer.alloc(4)]);
}

const refused: readonly (readonly [string, Buffer])[] = [
  ['a frame that says it is compressed, which was not negotiated', frame(0x80 | 0x40 | 1, Buffer.from('{}'))],
  ['another reserved bit', frame(0x80 | 0x10 | 1, Buffer.from('{}'))],
  ['text that is no UTF-8', frame(text, Buffer.of(0x22, 0xff, 0x22))],
  ['text cut off within a character', frame(text, Buffer.of(0x22, 0xf0, 0x9f))],
  ['a length of 2^63', hugeFrame(0x80)],
  ['a length of 2^62', hugeFrame(0x40)],
  ['a reserved opcode', frame(0x83, Buffer.from('x'))],
  ['a reserved control opcode', frame(0x8b, Buffer.from('x'))],
  ['a ping of 126 bytes', frame(ping, Buffer.alloc(126))],
  ['a ping in fragments', frame(0x09, Buffer.from('x'))],
  ['a continuation of nothing', frame(0x80, Buffer.from('x'))],
  [
    'a message within another',
    Buffer.concat([frame(0x01, Buffer.from('{')), frame(text, Buffer.from('{}'))]),
  ],
  ['a close with half a code', frame(close, Buffer.of(3))],
  ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535].map(
    (code) => [`a close with the code ${code}`, closeWith(code)] as const,
  ),
  ['a close whose reason is no UTF-8', closeWith(1000, Buffer.of(0xff, 0xfe))],
];

/** A raw connection to the hub, past its handshake. */
async function opened(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => socket.destroy()); // the hub may end it at any moment
  socket.write(
    'GET /ws HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await new Promise((resolve) => socket.once('data', resolve));
  return socket;
}

async function ended(socket: Socket, timeoutMs = 60_000): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.resume();
  if (socket.destroyed) return;
  const ending = new AbortController();
  const late = delay(timeoutMs, undefined, { signal: ending.signal }).then(() => {
    throw new Error(`the hub did not end the connection within ${timeoutMs} ms`);
  });
  late.catch(() => undefined); // when it was ended in time nobody waits for this any more
  await Promise.race([closed, late]);
  ending.abort();
}

/** Writes, and goes on when the hub has taken it or ended the connection. */
async function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  if (!socket.writable || socket.write(bytes)) return;
  await new Promise<void>((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', () => resolve());
  });
}

describe('hostile frames', () => {
  let hub: ListeningHub;
  let innocent: PlainClient;
  before(async () => {
    hub = await startHub();
    innocent = await PlainClient.connect(hub.url, 'msgpack');
    innocent.send({ type: 'subscribe', symbols: ['AAPL'] });
    await innocent.awaits((message: HubMessage) => message.type === 'subscribed');
    await hub.publish('AAPL', 0);
  });
  after(() => {
    innocent.close();
    hub.hub.stop();
  });

  /** The innocent client gets what is published now, and has got all there was before, in order. */
  const innocentIsWell = async (): Promise<void> => {
    const [position] = await hub.publish('AAPL', 1, 2, 3);
    const last = (position?.seq ?? 0) + 2;
    await innocent.until(() => (story(innocent.received).at(-1) ?? '')[1] === last);
    const updates = story(innocent.received).filter((entry) => typeof entry !== 'string');
    const seqs = updates.map(([, seq]) => seq);
    assert.deepEqual(
      seqs,
      Array.from({ length: last + 1 }, (_, seq) => seq),
    );
  };

  for (const [what, bytes] of refused)
    test(`${what} ends the connection, and no other`, async () => {
      const socket = await opened(hub.port);
      socket.write(bytes);
      await ended(socket);
      await innocentIsWell();
    });

  // uWebSockets takes the first four bytes of such a payload for its mask, and what follows is none of the message.
  test('requests in frames that are not masked are never done, and end the connection', async () => {
    const socket = await opened(hub.port);
    const answers: Buffer[] = [];
    socket.on('data', (data: Buffer) => answers.push(data));
    const request = Buffer.from('{"type":"ping"}');
    await write(socket, Buffer.alloc(100_000, Buffer.concat([Buffer.of(text, request.length), request])));
    await ended(socket);
    assert.doesNotMatch(Buffer.concat(answers).toString('latin1'), /pong/);
    await innocentIsWell();
  });

  // `ws` keeps each fragment as it came, so that their number has a bound of its own.
  const fragments = chosenListener === 'node' ? 4000 : 50_000;

  test('a message in thousands of fragments of one byte is read as one, and more than its bound ends the connection', async () => {
    const socket = await opened(hub.port);
    const one = frame(0x00, Buffer.from(' '));
    await write(socket, frame(0x01, Buffer.from('{')));
    await write(socket, Buffer.concat(Array.from({ length: fragments }, () => one)));
    await write(socket, frame(0x80, Buffer.from('"type":"ping"}')));
    const [answer] = await new Promise<Buffer[]>((resolve) => socket.once('data', (data) => resolve([data])));
    assert.match(answer?.toString('latin1') ?? '', /pong/);
    const many = Buffer.concat(Array.from({ length: 100_000 }, () => one));
    await write(socket, frame(0x01, Buffer.from('{')));
    for (let i = 0; i < 12 && socket.writable; i++) await write(socket, many);
    await ended(socket);
    await innocentIsWell();
  });

  test('a flood of 200,000 pings and empty frames disturbs no other client', async () => {
    const socket = await opened(hub.port);
    socket.resume();
    const pings = Buffer.concat(Array.from({ length: 10_000 }, () => frame(ping, Buffer.from('x'))));
    for (let i = 0; i < 20 && socket.writable; i++) await write(socket, pings);
    await innocentIsWell();
    const empty = Buffer.concat(Array.from({ length: 5000 }, () => frame(text, Buffer.alloc(0))));
    await write(socket, empty);
    await ended(socket);
    await innocentIsWell();
  });

  test('a client that pings and does not read the answers takes no more than its buffer', async () => {
    const socket = await opened(hub.port);
    socket.pause();
    const pings = Buffer.concat(Array.from({ length: 10_000 }, () => frame(ping, Buffer.alloc(125))));
    const before = process.memoryUsage().rss;
    const sent = (async () => {
      for (let i = 0; i < 200 && socket.writable; i++) await write(socket, pings); // 260 MB
    })();
    await Promise.race([sent, delay(10_000)]);
    await innocentIsWell();
    assert.ok(process.memoryUsage().rss - before < 150_000_000, 'of hub and client together');
    socket.destroy();
    await sent;
  });

  test('200 connections that never end their handshake are ended, and clients come and go meanwhile', async () => {
    const half = ['GET /ws HTTP/1.1\r\nHost: hub\r\nUpgra', 'GET / HTTP/1.1\r\nX: ', 'P', ''];
    const body = 'POST /health HTTP/1.1\r\nHost: hub\r\nContent-Length: 1000\r\n\r\nabc';
    const sockets = Array.from({ length: 200 }, (_, i) => {
      const socket = connect(hub.port, '127.0.0.1');
      socket.on('error', () => socket.destroy());
      socket.write([...half, body][i % 5] ?? '');
      return socket;
    });
    const other = await PlainClient.connect(hub.url);
    await other.awaits((message) => message.type === 'welcome');
    other.close();
    await Promise.all(sockets.map((socket) => ended(socket, 30_000)));
    await innocentIsWell();
  });

  test('headers that come a byte a second end the connection all the same', async () => {
    const socket = connect(hub.port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    socket.write('GET / HTTP/1.1\r\nX: ');
    const dribble = setInterval(() => socket.writable && socket.write('x'), 1000);
    await ended(socket, 40_000).finally(() => clearInterval(dribble));
    await innocentIsWell();
  });
});
