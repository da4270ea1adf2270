import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { closed } from '#runtime/closed-fixture.ts';
import { ImpairedPipe, type Impairment } from './impaired-pipe.ts';

/** Port on the loopback that the next connection goes to; undefined = there is nobody. */
export type ProxyTarget = () => number | undefined;

const connectTimeoutMs = 2000;
/** A balancer asks the next one where the first refuses. */
const targetTriesMax = 3;

/** Stands between two processes, and does to their connections what networks do. */
export class TcpProxy {
  readonly links = new Set<ProxyLink>();
  readonly #server: Server;
  readonly #target: ProxyTarget;
  #impairment: Impairment = { kind: 'none' };
  #refusing = false;

  private constructor(server: Server, target: ProxyTarget) {
    this.#server = server;
    this.#target = target;
    server.on('connection', (socket) => void this.#accept(socket));
  }

  static async open(target: ProxyTarget): Promise<TcpProxy> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, target);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** All connections, and those that come. */
  impair(impairment: Impairment): void {
    this.#impairment = impairment;
    for (const link of this.links) link.impair(impairment);
  }

  /** Ends every connection with a RST, and until `admit` each new one. */
  refuse(): void {
    this.#refusing = true;
    this.reset();
  }

  admit(): void {
    this.#refusing = false;
  }

  reset(links: Iterable<ProxyLink> = [...this.links]): void {
    for (const link of links) link.reset();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.reset();
    await closed(this.#server);
  }

  async #accept(client: Socket): Promise<void> {
    client.on('error', () => undefined); // what it means for the connection is told by `close`
    const upstream = this.#refusing ? undefined : await this.#connect();
    if (upstream === undefined || client.destroyed) {
      upstream?.destroy();
      client.resetAndDestroy();
      return;
    }
    const link = new ProxyLink(client, upstream, () => this.links.delete(link));
    this.links.add(link);
    link.impair(this.#impairment);
  }

  async #connect(): Promise<Socket | undefined> {
    for (let tries = 0; tries < targetTriesMax; tries++) {
      const port = this.#target();
      if (port === undefined) return undefined;
      const socket = await connected(port);
      if (socket !== undefined) return socket;
    }
    return undefined;
  }
}

/** One connection through the proxy: a leg to each side. */
export class ProxyLink {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #pipes: readonly ImpairedPipe[];
  readonly #ended: () => void;
  #isHole = false;
  #halfOpen = false;

  constructor(client: Socket, upstream: Socket, ended: () => void) {
    this.#client = client;
    this.#upstream = upstream;
    this.#ended = ended;
    this.#pipes = [new ImpairedPipe(client, upstream), new ImpairedPipe(upstream, client)];
    client.on('close', () => this.#closed(upstream));
    upstream.on('close', () => this.#closed(client));
  }

  /** Port from which the other side is reached: the address that a server lists for it. */
  get sourcePort(): number | undefined {
    return this.#upstream.localPort;
  }

  /** Port that it leads to. */
  get targetPort(): number | undefined {
    return this.#upstream.remotePort;
  }

  impair(impairment: Impairment): void {
    this.#isHole = impairment.kind === 'black_hole';
    for (const pipe of this.#pipes) pipe.impair(impairment);
    if (this.#isHole) return;
    if (this.#client.destroyed) this.#closed(this.#upstream);
    else if (this.#upstream.destroyed) this.#closed(this.#client);
  }

  reset(): void {
    this.#isHole = false;
    this.#halfOpen = false;
    this.#client.resetAndDestroy();
    this.#upstream.resetAndDestroy();
  }

  /** The side behind the proxy is gone; the client hears nothing of that, and nothing at all. */
  loseUpstream(): void {
    this.#halfOpen = true;
    this.#upstream.destroy();
  }

  /** One leg has ended: so does the other, unless the network would not say so. */
  #closed(other: Socket): void {
    const untold = this.#isHole || (this.#halfOpen && other === this.#client);
    if (untold && !other.destroyed) return;
    other.resetAndDestroy();
    for (const pipe of this.#pipes) pipe.stop();
    this.#ended();
  }
}

function connected(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const give = (result: Socket | undefined): void => {
      socket.setTimeout(0);
      if (result === undefined) socket.destroy();
      resolve(result);
    };
    socket.on('error', () => give(undefined)); // later ones are told by `close`
    socket.once('connect', () => give(socket));
    socket.setTimeout(connectTimeoutMs, () => give(undefined));
  });
}
