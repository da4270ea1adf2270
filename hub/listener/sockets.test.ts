import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import WebSocket from 'ws';
import { PortError } from '#runtime/http/port-error.ts';
import { until } from '#test/harness/redis/until.ts';
import type { ListenerChoice } from './choose-listener.ts';
import { listenerChoices, noting, serving } from './fixtures.ts';
import type { HubSocket } from './hub-socket.ts';
import type { ListenerLimits } from './listener.ts';
import { topicOf } from './topic.ts';

/** Text in characters of one byte, of one and of more below U+0100, and beyond. */
const texts = ['ascii', 'é', 'é😀', '\u0000\u007f\u0080ÿ'];
const bytes = (text: string): Buffer => Buffer.from(text);

interface Client {
  readonly ws: WebSocket;
  readonly received: string[];
  /** `code reason` once it is closed. */
  closed: string;
}

async function start(
  t: TestContext,
  choice: ListenerChoice,
  limits: Partial<ListenerLimits> = {},
  subprotocol = '',
) {
  const { seen, sockets } = noting(subprotocol);
  const { listener, port } = await serving(t, { sockets }, limits, choice);
  const url = `ws://127.0.0.1:${port}/ws`;
  const connect = async (): Promise<[Client, (typeof seen)[number], HubSocket]> => {
    const ws = new WebSocket(url, subprotocol === '' ? [] : ['other', subprotocol]);
    t.after(() => ws.terminate());
    const client: Client = { ws, received: [], closed: '' };
    ws.on('message', (data, binary) => client.received.push(`${binary ? 'binary' : 'text'} ${data}`));
    ws.on('error', () => undefined); // a close follows
    ws.on('close', (code, reason) => {
      client.closed = `${code} ${reason}`;
    });
    await once(ws, 'open');
    const session = seen.at(-1);
    await until('its handlers know of it', () => session?.socket !== undefined);
    if (session?.socket === undefined) throw new Error('no socket');
    return [client, session, session.socket];
  };
  return { listener, port, url, seen, connect };
}

for (const choice of listenerChoices)
  describe(`sockets by ${choice}`, () => {
    test('a socket opens with the chosen subprotocol, brings what is sent to it, and closes once', async (t) => {
      const { connect } = await start(t, choice, {}, 'tickwire.json.v1');
      const [client, session] = await connect();
      const { ws } = client;
      assert.equal(ws.protocol, 'tickwire.json.v1');
      assert.equal(ws.extensions, '');
      for (const text of texts) ws.send(text);
      ws.send(Buffer.of(0x41));
      await until('all of it came', () => session.received.length === texts.length + 1);
      assert.deepEqual(session.received, [...texts.map((text) => [text, false]), ['A', true]]);
      ws.close(1000);
      await until('it is closed', () => session.closed === 1);
      await until('the client knows', () => client.closed !== '');
      assert.equal(session.closed, 1);
    });

    test('whatever text is sent, published or said at the end arrives as it is', async (t) => {
      const { connect, listener } = await start(t, choice);
      const [client, session, socket] = await connect();
      const topic = topicOf('a topic');
      socket.subscribe(topic);
      for (const text of texts) {
        socket.send(bytes(text), false);
        await until('it came', () => client.received.at(-1) === `text ${text}`);
        listener.publish(topic, bytes(text), true);
        await until('it came', () => client.received.at(-1) === `binary ${text}`);
      }
      socket.end(4000, bytes('é'));
      assert.equal(session.closed, 1, 'at once');
      await until('it is closed', () => client.closed !== '');
      assert.equal(client.closed, '4000 é');
      assert.equal(session.closed, 1);
    });

    test('what is published reaches the subscribers of its topic in the order of the calls, though its bytes change afterwards', async (t) => {
      const { connect, listener } = await start(t, choice);
      const [one, , first] = await connect();
      const [other, , second] = await connect();
      const [a, b] = [topicOf('a'), topicOf('b')];
      first.subscribe(a);
      first.subscribe(b);
      second.subscribe(b);
      const shared = Buffer.alloc(2);
      const expected: string[] = [];
      for (let round = 0; round < 30; round++)
        for (const topic of [a, b]) {
          shared.write(`${topic}${String.fromCharCode(65 + round)}`);
          listener.publish(topic, shared, false);
          expected.push(`text ${shared}`);
        }
      await until('all came', () => one.received.length === 60 && other.received.length === 30);
      assert.deepEqual(one.received, expected);
      assert.deepEqual(
        other.received,
        expected.filter((text) => text.startsWith('text b')),
      );
      second.unsubscribe(b);
      assert.equal(second.unsubscribe(b), false);
      listener.publish(b, bytes('last'), false);
      await until('the other has it', () => one.received.at(-1) === 'text last');
      second.send(bytes('end'), false);
      await until('it is sent to', () => other.received.at(-1) === 'text end');
      assert.equal(other.received.length, 31);
    });

    test('frames of any length arrive whole', async (t) => {
      const { connect, listener } = await start(t, choice);
      const [client, , socket] = await connect();
      socket.subscribe(topicOf('a'));
      const lengths = [0, 1, 125, 126, 127, 16_384, 65_535, 65_536, 100_000];
      for (const length of lengths) {
        socket.send(Buffer.alloc(length, 'x'), true);
        listener.publish(topicOf('a'), Buffer.alloc(length, 'y'), true);
      }
      await until('all came', () => client.received.length === 2 * lengths.length);
      const of = (letter: string) =>
        client.received
          .filter((text) => text.length === 7 || text.endsWith(letter))
          .map((text) => text.length - 7);
      assert.deepEqual(
        of('x').filter((length) => length > 0),
        lengths.slice(1),
      );
      assert.deepEqual(
        of('y').filter((length) => length > 0),
        lengths.slice(1),
      );
    });

    test('corked frames come in their order with what is sent beside them', async (t) => {
      const { connect } = await start(t, choice);
      const [client, , socket] = await connect();
      socket.cork(() => {
        for (const text of ['1', '2', '3']) assert.notEqual(socket.send(bytes(text), false), 2);
      });
      socket.send(bytes('4'), false);
      await until('all came', () => client.received.length === 4);
      assert.deepEqual(client.received, ['text 1', 'text 2', 'text 3', 'text 4']);
    });

    test('who does not read has a bounded buffer; what is dropped is told, nothing of its turn follows it, and it goes on when there is room', async (t) => {
      const socketBufferBytes = 65_536;
      const { connect, listener } = await start(t, choice, { socketBufferBytes });
      const [slow, session, socket] = await connect();
      const [quick] = await connect();
      const topic = topicOf('a');
      socket.subscribe(topic);
      slow.ws.pause();
      let turn = 0;
      let buffered = 0;
      for (; session.dropped === 0 && turn < 10_000; turn++) {
        for (const part of ['a', 'b', 'c'])
          listener.publish(topic, Buffer.alloc(8000, `${turn}${part} `), false);
        await new Promise(setImmediate);
        buffered = Math.max(buffered, socket.getBufferedAmount());
      }
      assert.ok(session.dropped >= 1 && session.dropped <= 3, `told ${session.dropped} times`);
      assert.ok(buffered > socketBufferBytes / 2 && buffered < 2 * socketBufferBytes, `${buffered} bytes`);
      assert.equal(socket.send(bytes('x'), false), 2);
      slow.ws.resume();
      await until('the buffer is empty', () => socket.getBufferedAmount() === 0);
      socket.send(bytes('later'), false);
      await until('it goes on', () => slow.received.at(-1) === 'text later');
      const parts = slow.received.slice(0, -1).map((text) => text.slice(5, text.indexOf(' ', 5)));
      const all = Array.from({ length: turn }, (_, at) =>
        ['a', 'b', 'c'].map((part) => `${at}${part}`),
      ).flat();
      assert.deepEqual(
        parts,
        all.slice(0, parts.length),
        'what came is all up to the first that was dropped',
      );
      assert.ok(parts.length < all.length);
      assert.deepEqual([session.closed, quick.closed], [0, '']);
    });

    test('a frame above the bound ends its connection, one below does not', async (t) => {
      const { connect } = await start(t, choice, { frameBytesMax: 1000 });
      const [{ ws }, session] = await connect();
      ws.send('x'.repeat(1000));
      await until('it came', () => session.received.length === 1);
      ws.send('x'.repeat(1001));
      await until('it is closed', () => session.closed === 1);
      assert.equal(session.received.length, 1);
    });

    test('a port that is taken is refused with the key to change', async (t) => {
      const { port } = await start(t, choice);
      const second = await serving(t, {}, {}, choice);
      second.listener.shut();
      await assert.rejects(second.listener.listen('127.0.0.1', port, false), PortError);
    });

    test('a listener that is shut lets nobody in and keeps who is in, until it is closed', async (t) => {
      const { connect, listener, url } = await start(t, choice);
      const [client, session, socket] = await connect();
      assert.equal(listener.listening, true);
      listener.shut();
      assert.equal(listener.listening, false);
      const late = new WebSocket(url);
      const [error] = await once(late, 'error');
      assert.match(String(error), /ECONNREFUSED/);
      socket.send(bytes('still here'), false);
      await until('it came', () => client.received.length === 1);
      listener.close();
      await until('both ends are closed', () => client.closed !== '' && session.closed === 1);
    });
  });

test('a socket that is silent is pinged; it stays when it answers, and is ended when it does not', {
  timeout: 60_000,
}, async (t) => {
  await Promise.all(
    listenerChoices.map(async (choice) => {
      const { connect } = await start(t, choice, { idleTimeoutSeconds: 8 });
      const [alive, living] = await connect();
      const [dead, dying] = await connect();
      let pings = 0;
      alive.ws.on('ping', () => pings++);
      dead.ws.pause();
      await until('the dead one is ended', () => dying.closed === 1, 40_000);
      assert.equal(living.closed, 0);
      assert.ok(pings > 0);
    }),
  );
});
