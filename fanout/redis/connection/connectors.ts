import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  AbstractConnector,
  type SentinelConnectionOptions,
  SentinelConnector,
  type StandaloneConnectionOptions,
} from 'ioredis';

/*
 * ioredis listens for the first error of a socket and for no other. A connection by TLS that is given up in the middle of its
 * handshake has two (what was wrong with the certificate, and the alert that the server sends as the answer to the cut), and
 * an error that nobody listens for ends the process: 181 of 300 such connections did. These connectors go on listening.
 */

/** Opens sockets to one server. */
export class ServerConnector extends AbstractConnector {
  readonly #options: StandaloneConnectionOptions;

  /** @param options those of the client, as ioredis hands them on */
  constructor(options: unknown) {
    const own = options as StandaloneConnectionOptions;
    super(own.disconnectTimeout ?? 0);
    this.#options = own;
  }

  /** @throws Error when the client was told to disconnect meanwhile */
  async connect(): Promise<Socket> {
    this.connecting = true;
    await new Promise((resolve) => process.nextTick(resolve));
    if (!this.connecting) throw new Error('Connection is closed.'); // in ioredis' words, which it looks for
    const { host = '127.0.0.1', port = 6379, family, tls } = this.#options;
    const where = { host, port, ...(family !== undefined && { family }) };
    const socket = tls === undefined ? connectTcp(where) : connectTls({ ...where, ...tls });
    this.stream = socket;
    socket.once('error', (error) => {
      this.firstError = error; // ioredis asks for it
    });
    socket.on('error', () => undefined);
    return socket;
  }
}

/** Opens sockets to the master that the sentinels name. */
export class MasterConnector extends SentinelConnector {
  /** @param options those of the client, as ioredis hands them on */
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
  }

  override async connect(tell: Parameters<SentinelConnector['connect']>[0]) {
    const socket = await super.connect(tell);
    socket.on('error', () => undefined); // the first is the client's, which tells it
    return socket;
  }
}
