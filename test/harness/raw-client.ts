import { once } from 'node:events';
import { WebSocket } from 'ws';
import { codecs, type WireFormat } from '#protocol/codec.ts';
import type { HubMessage } from '#protocol/messages.ts';
import { patientMs } from './redis/until.ts';

export interface RawClientOptions {
  readonly format?: WireFormat;
  /** Subprotocols to offer, instead of the format's own. */
  readonly offer?: readonly string[];
  /** Of the handshake. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Called with each message, before anyone who waits for it. */
  readonly onMessage?: (message: HubMessage) => void;
  /** Messages kept for `messages` and `waitFor`; the oldest go first. */
  readonly keepMax?: number;
}

export interface CloseEvent {
  readonly code: number;
  readonly reason: string;
}

interface Waiter {
  readonly matches: (message: HubMessage) => boolean;
  readonly resolve: (message: HubMessage) => void;
}

/**
 * Connects a client that knows nothing but frames.
 * @param url e.g. `ws://127.0.0.1:8080/ws`
 * @throws Error when the hub refuses, with the HTTP status in its message, or is silent for a minute
 */
export async function connectRaw(url: string, options: RawClientOptions = {}): Promise<RawClient> {
  const { format = 'json', offer = [codecs[format].subprotocol], headers = {} } = options;
  const socket = new WebSocket(url, [...offer], {
    handshakeTimeout: patientMs,
    perMessageDeflate: false,
    headers,
  });
  const client = new RawClient(socket, options);
  await once(socket, 'open'); // rejects with the socket's error
  return client;
}

/** What a client of that format offers that shows `token` in the handshake; undefined: none. */
export function offerOf(
  format: WireFormat,
  token: string | undefined,
): Pick<RawClientOptions, 'format' | 'offer'> {
  const offer = [codecs[format].subprotocol];
  return { format, offer: token === undefined ? offer : [...offer, `tickwire.token.${token}`] };
}

/** One socket, with what came over it. */
export class RawClient {
  /** The newest messages, oldest first. */
  readonly messages: HubMessage[] = [];
  /** How the connection ended; resolves when it has. */
  readonly closed: Promise<CloseEvent>;
  /** Frames that could not be read, or were of the wrong kind: always a mistake of the hub. */
  undecodable = 0;
  /** Subprotocol that the hub chose; empty for none. */
  get subprotocol(): string {
    return this.#socket.protocol;
  }
  readonly #socket: WebSocket;
  readonly #options: RawClientOptions;
  readonly #waiters = new Set<Waiter>();

  constructor(socket: WebSocket, options: RawClientOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('message', (data, binary) => this.#receive(data as Buffer, binary));
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on('error', () => socket.terminate()); // `once` or `closed` tell the test
  }

  /** A message in the client's format; text goes as a text frame and bytes as a binary one, as they are. */
  send(message: object | string | Uint8Array): void {
    const isFrame = typeof message === 'string' || message instanceof Uint8Array;
    const { format = 'json' } = this.#options;
    this.#socket.send(isFrame ? message : codecs[format].encodeForClient(message as never));
  }

  /**
   * The first kept message that matches, now or as soon as it comes.
   * @throws Error after `timeoutMs`, with the types of what came instead
   */
  waitFor(matches: (message: HubMessage) => boolean, timeoutMs = patientMs): Promise<HubMessage> {
    const present = this.messages.find(matches);
    if (present !== undefined) return Promise.resolve(present);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        matches,
        resolve: (message) => {
          clearTimeout(timer);
          resolve(message);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new Error(`no such message within ${timeoutMs} ms; came: ${this.#cameInstead()}`));
      }, timeoutMs);
      this.#waiters.add(waiter);
    });
  }

  /** The first kept message of a type. */
  async waitForType<Type extends HubMessage['type']>(
    type: Type,
    timeoutMs = patientMs,
  ): Promise<Extract<HubMessage, { type: Type }>> {
    const message = await this.waitFor((candidate) => candidate.type === type, timeoutMs);
    return message as Extract<HubMessage, { type: Type }>;
  }

  /** Stops reading from the network: soon the hub's frames wait at the hub. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection politely. */
  async close(): Promise<CloseEvent> {
    this.#socket.resume(); // a paused socket would never read the answer
    this.#socket.close(1000);
    return this.closed;
  }

  /** Ends the connection without a word, as a broken network does. */
  async cut(): Promise<void> {
    this.#socket.terminate();
    await this.closed;
  }

  #receive(data: Buffer, binary: boolean): void {
    const codec = codecs[this.#options.format ?? 'json'];
    const decoded = codec.decode(data);
    if (!decoded.ok || binary !== codec.binary) {
      this.undecodable++;
      return;
    }
    const message = decoded.value as HubMessage;
    this.messages.push(message);
    if (this.messages.length > (this.#options.keepMax ?? 10_000)) this.messages.shift();
    this.#options.onMessage?.(message);
    for (const waiter of this.#waiters)
      if (waiter.matches(message) && this.#waiters.delete(waiter)) waiter.resolve(message);
  }

  #cameInstead(): string {
    return (
      this.messages
        .map((message) => message.type)
        .slice(-20)
        .join(', ') || 'nothing'
    );
  }
}
