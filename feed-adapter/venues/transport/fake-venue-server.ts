import { type WebSocket, WebSocketServer } from 'ws';
import { FakeClock, settled } from '#feed-adapter/fake-clock.ts';

/** A venue for tests: a WebSocket server on a free loopback port that is driven by the test. */
export class FakeVenueServer {
  readonly #server: WebSocketServer;
  /** Messages received, parsed, over all connections. */
  readonly received: unknown[] = [];
  /** Connections accepted so far. */
  connections = 0;
  /** The newest connection. */
  #newest: WebSocket | undefined;
  /** Called for each message; `reply` goes to the connection that it came by. */
  answer: (message: unknown, reply: (...messages: readonly unknown[]) => void) => void = () => undefined;
  /** Called for each new connection. */
  greet: () => void = () => undefined;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.connections++;
      this.#newest = socket;
      socket.on('message', (data) => {
        const message: unknown = JSON.parse(data.toString());
        this.received.push(message);
        this.answer(message, (...messages) => sayTo(socket, messages));
      });
      this.greet();
    });
  }

  static async start(): Promise<FakeVenueServer> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, autoPong: false });
    await new Promise((resolve) => server.once('listening', resolve));
    return new FakeVenueServer(server);
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server is not listening');
    return `ws://127.0.0.1:${address.port}/stream`;
  }

  /** Connections open now. */
  get open(): number {
    return this.#server.clients.size;
  }

  /** The newest connection. */
  get socket(): WebSocket {
    if (this.#newest === undefined) throw new Error('nobody has connected');
    return this.#newest;
  }

  /** To the newest connection. */
  say(...messages: readonly unknown[]): void {
    sayTo(this.socket, messages);
  }

  async close(): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function sayTo(socket: WebSocket, messages: readonly unknown[]): void {
  for (const message of messages) socket.send(JSON.stringify(message));
}

/** Waits until `condition` holds; throws when it does not within 20 s. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`did not happen within 20 s: ${what}`);
    await settled();
  }
}

/** A clock that stands still, and a random number that makes every back-off as long as it can get. */
export function fakeDeps() {
  const clock = new FakeClock();
  return { clock, random: () => 0.999 };
}
