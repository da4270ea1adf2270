import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';
import WebSocket, { WebSocketServer } from 'ws';
import { price, story } from '#client/fixtures.ts';
import { type Client, ClientUsageError, connect } from '#client/mod.ts';
import { parseClientMessage } from '#protocol/client-message.ts';
import { type Codec, codecs, negotiateCodec, type WireFormat } from '#protocol/codec.ts';
import type { HubMessage, SubscribeMessage } from '#protocol/messages.ts';

const timeoutMs = 60_000;

/** A hub that knows one symbol: it continues any position with three updates, then cuts the connection. */
class SmallHub {
  readonly subscribes: SubscribeMessage[] = [];
  readonly #server = new WebSocketServer({ port: 0, host: '127.0.0.1' });

  constructor() {
    this.#server.on('connection', (socket) => this.#serve(socket));
  }

  async url(): Promise<string> {
    if (this.#server.address() === null) await once(this.#server, 'listening');
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/ws`;
  }

  close(): void {
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
  }

  #serve(socket: WebSocket): void {
    const codec = negotiateCodec(socket.protocol)?.codec ?? codecs.json;
    const limits = { symbols: 10, message_bytes: 1000, messages_per_second: 10 };
    send(socket, codec, { type: 'welcome', session: 's', node: 'n', heartbeat_ms: 1000, limits });
    socket.on('message', (data: Buffer) => {
      const decoded = codec.decode(data);
      const parsed = decoded.ok ? parseClientMessage(decoded.value) : undefined;
      if (parsed?.ok && parsed.message.type === 'subscribe') this.#subscribe(socket, codec, parsed.message);
    });
  }

  #subscribe(socket: WebSocket, codec: Codec, message: SubscribeMessage): void {
    this.subscribes.push(message);
    const since = message.since?.AAPL;
    const first = typeof since === 'string' ? Number(since.split('-')[1]) + 1 : 0;
    const answer = { position: `7-${first}`, ...(since !== undefined && { recovered: true }) };
    send(socket, codec, { type: 'subscribed', id: message.id ?? 0, symbols: { AAPL: answer } });
    for (const seq of [first, first + 1, first + 2]) {
      const update = price(seq, since === undefined && seq === first ? { snapshot: true } : {});
      send(socket, codec, { type: 'price_update', data: { AAPL: update } });
    }
    socket.close(4000);
  }
}

function send(socket: WebSocket, codec: Codec, message: HubMessage): void {
  socket.send(codec.encode(message));
}

describe('a client on real sockets', () => {
  const open: { close(): void }[] = [];
  const opened = <Part extends { close(): void }>(part: Part): Part => {
    open.push(part);
    return part;
  };
  after(() => {
    for (const part of open) part.close();
  });

  for (const format of ['json', 'msgpack'] satisfies WireFormat[])
    test(`resumes over ${format} without a gap or a repeat`, { timeout: timeoutMs }, async () => {
      const hub = opened(new SmallHub());
      const url = await hub.url();
      const limits = { reconnectBaseMs: 10 };
      const client: Client = opened(connect(url, { format, webSocket: WebSocket, limits }));
      const stories: string[] = [];
      for await (const update of client.subscribe(['AAPL'])) {
        stories.push(story(update));
        if (stories.length === 9) break;
      }
      assert.deepEqual(
        stories,
        Array.from({ length: 9 }, (_, seq) => `AAPL 7-${seq}`),
      );
      assert.deepEqual(hub.subscribes[1]?.since?.AAPL, '7-2');
    });

  test('says what to do where the runtime has no WebSocket', () => {
    const own = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
    Object.defineProperty(globalThis, 'WebSocket', { value: undefined, configurable: true });
    try {
      assert.throws(() => connect('ws://127.0.0.1/ws'), /pass that of the ws package/i);
    } finally {
      if (own === undefined) Reflect.deleteProperty(globalThis, 'WebSocket');
      else Object.defineProperty(globalThis, 'WebSocket', own);
    }
  });

  test('refuses what is no WebSocket address', () => {
    for (const url of ['', 'http://127.0.0.1/ws', 'ws://', 'AAPL'])
      assert.throws(() => connect(url, { webSocket: WebSocket }), ClientUsageError);
  });
});
