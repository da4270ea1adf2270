import { once } from 'node:events';
import WebSocket from 'ws';
import { reportLeading } from '#fanout/fixtures.ts';
import { createMemoryFanout } from '#fanout/memory/memory-fanout.ts';
import type { Fanout } from '#fanout/ports.ts';
import { codecs, type WireFormat } from '#protocol/codec.ts';
import type { HubMessage } from '#protocol/messages.ts';
import type { Position } from '#protocol/position.ts';
import type { Tick } from '#protocol/tick.ts';
import { readConfig } from '#runtime/config/config.ts';
import { hostKeys } from '#runtime/http/known-hosts.ts';
import { createLogger } from '#runtime/logger.ts';
import { noTracer } from '#runtime/tracing/tracer.ts';
import { chosenListener } from '#test/harness/chosen-listener.ts';
import { type Authenticator, createOpenAuthenticator } from './auth/authenticator.ts';
import { hubKeys, hubLimits } from './config.ts';
import { type Edge, edgeOf } from './edge-config.ts';
import { symbolOf } from './fixtures.ts';
import { createHub, type Hub } from './hub.ts';
import type { HubDeps } from './hub-deps.ts';
import type { HubLimits } from './hub-limits.ts';
import { chooseListener } from './listener/choose-listener.ts';
import type { ListenerLimits } from './listener/listener.ts';

/** A hub on a real port over the fanout in memory, for tests that need real sockets. */
export interface ListeningHub {
  readonly hub: Hub;
  readonly fanout: Fanout;
  readonly port: number;
  readonly url: string;
  /** Publishes one tick of each price; returns their positions. */
  publish(symbol: string, ...prices: number[]): Promise<readonly Position[]>;
}

export async function startHub(
  limits: Partial<HubLimits & ListenerLimits> = {},
  symbols: readonly string[] = ['AAPL', 'TSLA', 'MSFT'],
  fanout: Fanout = createMemoryFanout({ now: Date.now }, { replayEntriesMax: 1000 }),
  authenticator: Authenticator = createOpenAuthenticator(),
  edge: Partial<Edge & Pick<HubDeps, 'page'>> = {},
): Promise<ListeningHub> {
  await fanout.directory.announce(symbols.map((name) => ({ symbol: symbolOf(name), source: 'test' })));
  await reportLeading(fanout.directory, 'test', 600_000);
  const log = createLogger('hub', 'silent');
  const allLimits = { ...hubLimits(readConfig(hubKeys, {})), messagesPerSecond: 1000, ...limits };
  const wholeEdge = { ...edgeOf(readConfig({ ...hostKeys, ...hubKeys }, {})), ...edge };
  const hub = createHub(
    {
      listener: await chooseListener({ choice: chosenListener, tls: wholeEdge.tls, log }, allLimits),
      fanout,
      authenticator,
      node: 'test-node',
      log,
      now: Date.now,
      random: Math.random,
      observeLatency: () => undefined,
      tracer: noTracer,
      page: new Map([['/', { contentType: 'text/html', body: Buffer.from('<p>page'), etag: '"1"' }]]),
      ...wholeEdge,
    },
    allLimits,
  );
  const port = await hub.listen('127.0.0.1', 0, false);
  let batch = 0;
  return {
    hub,
    fanout,
    port,
    url: `ws://127.0.0.1:${port}/ws`,
    async publish(symbol, ...prices) {
      batch++;
      const ticks = prices.map((price): Tick => {
        const now = Date.now();
        return { symbol: symbolOf(symbol), price, source: 'test', venueTime: now, receivedAt: now, flags: 0 };
      });
      const outcome = await fanout.publisher.publish({ source: 'test', token: 1, number: batch, ticks });
      return outcome.outcome === 'published' ? outcome.positions : [];
    },
  };
}

const deadlineMs = 60_000;

/** A plain WebSocket client that remembers what it received. */
export class PlainClient {
  readonly received: HubMessage[] = [];
  closedWith: number | undefined;
  readonly #socket: WebSocket;
  readonly #format: WireFormat;
  #changed = (): void => undefined;
  #watcher = (_message: HubMessage): void => undefined;

  private constructor(socket: WebSocket, format: WireFormat) {
    this.#socket = socket;
    this.#format = format;
    socket.on('message', (data: Buffer) => {
      const decoded = codecs[format].decode(data);
      if (decoded.ok) this.#take(decoded.value as HubMessage);
      this.#changed();
    });
    socket.on('close', (code) => {
      this.closedWith = code;
      this.#changed();
    });
    socket.on('error', () => this.#changed()); // a close follows
  }

  static async connect(
    url: string,
    format: WireFormat = 'json',
    subprotocols = codecs[format].subprotocol,
    headers: Readonly<Record<string, string>> = {},
  ) {
    const offered = subprotocols.split(',').filter((name) => name !== '');
    const socket = new WebSocket(url, offered, { headers });
    const client = new PlainClient(socket, format);
    await once(socket, 'open');
    return client;
  }

  get subprotocol(): string {
    return this.#socket.protocol;
  }

  send(message: object): void {
    const frame = codecs[this.#format].encodeForClient(message as never);
    this.#socket.send(frame);
  }

  sendRaw(bytes: string | Uint8Array): void {
    this.#socket.send(bytes);
  }

  /** The first message received, or to come, that `matches`. */
  async awaits<T extends HubMessage>(matches: (message: HubMessage) => message is T): Promise<T>;
  async awaits(matches: (message: HubMessage) => boolean): Promise<HubMessage>;
  async awaits(matches: (message: HubMessage) => boolean): Promise<HubMessage> {
    let found: HubMessage | undefined;
    await this.until(() => {
      found = this.received.find(matches);
      return found !== undefined;
    });
    if (found === undefined) throw new Error('not received');
    return found;
  }

  /** `watcher` gets every message when it comes, and those that came before. */
  watch(watcher: (message: HubMessage) => void): void {
    this.#watcher = watcher;
    for (const message of this.received) watcher(message);
  }

  /** Until `holds`, looked at again whenever something arrives. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new Error(`not within ${deadlineMs} ms; received ${JSON.stringify(this.received.slice(-5))}`),
          ),
        deadlineMs,
      );
      const look = (): void => {
        if (!holds()) return;
        clearTimeout(timer);
        this.#changed = () => undefined;
        resolve();
      };
      this.#changed = look;
      look();
    });
  }

  /** What was received up to now is forgotten. */
  forget(): void {
    this.received.length = 0;
  }

  close(): void {
    this.#socket.terminate();
  }

  #take(message: HubMessage): void {
    this.received.push(message);
    this.#watcher(message);
  }
}
