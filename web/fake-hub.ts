import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { securityHeaders } from '#hub/http/security-headers.ts';
import { parseClientMessage } from '#protocol/client-message.ts';
import type { HubMessage, PriceUpdate, SubscribeMessage } from '#protocol/messages.ts';
import type { PageFile } from './bundle.ts';

/** Serves the page and plays the hub behind it: it knows AAPL and TSLA. */
export class FakeHub {
  readonly #sockets = new Set<WebSocket>();
  readonly #server: Server;
  readonly #webSockets: WebSocketServer;
  #seq = 0;

  constructor(files: ReadonlyMap<string, PageFile>) {
    this.#server = createServer((request, response) => {
      const file = files.get(request.url ?? '');
      for (const [name, value] of securityHeaders) response.setHeader(name, value); // as the hub does
      if (request.url === '/symbols')
        response.end('{"symbols":[{"symbol":"AAPL","source":"test"},{"symbol":"TSLA","source":"test"}]}');
      else if (file === undefined) response.writeHead(404).end();
      else response.setHeader('Content-Type', file.contentType).end(file.body);
    });
    this.#webSockets = new WebSocketServer({ server: this.#server, path: '/ws' });
    this.#webSockets.on('connection', (socket) => this.#serve(socket));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Every socket gets this price of AAPL, with what is told beside it. */
  price(price: number, more: Pick<PriceUpdate, 'bid' | 'ask' | 'size'> = {}): void {
    const seq = ++this.#seq;
    this.#sayToAll({
      type: 'price_update',
      data: { AAPL: { price, timestamp: new Date().toISOString(), seq, ...more } },
    });
  }

  reset(): void {
    this.#sayToAll({ type: 'reset', symbol: 'AAPL', reason: 'slow_consumer', position: `7-${this.#seq}` });
  }

  /** Every socket is told that AAPL is old, or that it is not any more. */
  stale(stale: boolean): void {
    const cause = { reason: 'source_stale', source: 'nasdaq' } as const;
    const since = '2024-09-14T12:34:56.789Z';
    if (stale) this.#sayToAll({ type: 'stale', ...cause, since, symbols: ['AAPL'] });
    else this.#sayToAll({ type: 'fresh', ...cause });
  }

  /** Cuts every connection. */
  drop(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  close(): void {
    this.drop();
    this.#webSockets.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #serve(socket: WebSocket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    const limits = { symbols: 100, message_bytes: 10_000, messages_per_second: 20 };
    say(socket, { type: 'welcome', session: 's', node: 'n', heartbeat_ms: 15_000, limits });
    socket.on('message', (data) => {
      const parsed = parseClientMessage(JSON.parse(String(data)));
      if (!parsed.ok) return;
      if (parsed.message.type === 'subscribe') this.#answer(socket, parsed.message);
      if (parsed.message.type === 'unsubscribe') {
        const { id = 0, symbols } = parsed.message;
        say(socket, { type: 'unsubscribed', id, symbols: symbols.map(String) });
      }
    });
  }

  #answer(socket: WebSocket, { id = 0, symbols, since }: SubscribeMessage): void {
    const position = `7-${this.#seq}`;
    const known: string[] = symbols.map(String).filter((symbol) => symbol === 'AAPL' || symbol === 'TSLA');
    const rejected = symbols
      .map(String)
      .filter((symbol) => !known.includes(symbol))
      .map(
        (symbol) => ({ symbol, code: 'unknown_symbol', message: `Invalid stock symbol: ${symbol}` }) as const,
      );
    const answer = since === undefined ? { position } : { position, recovered: true };
    const answers = Object.fromEntries(known.map((symbol) => [symbol, answer]));
    say(socket, { type: 'subscribed', id, symbols: answers, rejected });
    const update = {
      price: 100,
      timestamp: new Date().toISOString(),
      seq: this.#seq,
      snapshot: true,
    } as const;
    if (since !== undefined) return;
    for (const symbol of known) say(socket, { type: 'price_update', data: { [symbol]: update } });
  }

  #sayToAll(message: HubMessage): void {
    for (const socket of this.#sockets) say(socket, message);
  }
}

function say(socket: WebSocket, message: HubMessage): void {
  socket.send(JSON.stringify(message));
}
