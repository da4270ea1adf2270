import assert from 'node:assert/strict';
import type { ClientMessage, HubMessage, Limits, PriceUpdate, SubscribeMessage } from '#protocol/messages.ts';
import type { Clock } from './clock.ts';
import type { ClientSocket } from './connection/socket.ts';
import { type Client, type ConnectOptions, connect, type Update } from './mod.ts';

/** What the tests of the client share: a clock that they move, and sockets whose hub they play. */

/** For tests: time passes by hand alone. */
export class FakeClock implements Clock {
  /** How far the wall clock is ahead of the monotonic one; a test sets it as somebody sets a machine's clock. */
  wallAheadMs = 1_700_000_000_000;
  #now = 1_000_000;
  #timers: { readonly at: number; readonly work: () => void }[] = [];

  monotonic(): number {
    return this.#now;
  }

  now(): number {
    return this.#now + this.wallAheadMs;
  }

  after(delayMs: number, work: () => void): () => void {
    const timer = { at: this.#now + delayMs, work };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** The machine sleeps: nothing is done meanwhile, and the monotonic clock goes on, or on other systems stands still. */
  sleep(ms: number, goesOn: boolean): void {
    if (goesOn) this.#now += ms;
    else this.wallAheadMs += ms;
  }

  /** Does what is due within `ms`, in its order, with the microtasks that follow from each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      this.#timers = this.#timers.filter((other) => other !== next);
      next.work();
      await settle();
    }
    this.#now = end;
  }
}

/** Until every microtask that is under way has run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

type Listener = (event: { readonly data: unknown; readonly code: number }) => void;

/** A socket whose other end is the test. */
export class FakeSocket implements ClientSocket {
  binaryType = 'blob';
  readonly url: string;
  readonly protocols: readonly string[];
  readonly sent: ClientMessage[] = [];
  closed = false;
  readonly #listeners = new Map<string, Listener[]>();

  constructor(url: string, protocols: readonly string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  send(frame: string | Uint8Array): void {
    assert.ok(!this.closed, 'sent on a closed socket');
    this.sent.push(JSON.parse(String(frame)));
  }

  close(): void {
    this.closed = true;
  }

  /** The hub says these. */
  says(...messages: readonly HubMessage[]): void {
    for (const message of messages) this.saysRaw(JSON.stringify(message));
  }

  saysRaw(data: unknown): void {
    this.#emit('message', { data, code: 0 });
  }

  welcomes(limits: Partial<Limits> = {}): void {
    const all = { symbols: 1024, message_bytes: 65_536, messages_per_second: 20, ...limits };
    this.says({ type: 'welcome', session: 's', node: 'n', heartbeat_ms: 15_000, limits: all });
  }

  /** The connection ends with this close code. */
  drops(code = 1006): void {
    this.closed = true;
    this.#emit('close', { data: undefined, code });
  }

  get subscribes(): readonly SubscribeMessage[] {
    return this.sent.filter((message) => message.type === 'subscribe');
  }

  /** Answers the newest subscribe with a position, and the last known price, for each of its symbols. */
  answers(position: string): void {
    const request = this.subscribes.at(-1);
    assert.ok(request !== undefined, 'nothing was subscribed');
    const names = request.symbols.map(String);
    const isResume = request.since !== undefined;
    const answer = isResume ? { position, recovered: true } : { position };
    this.says({
      type: 'subscribed',
      ...(request.id !== undefined && { id: request.id }),
      symbols: Object.fromEntries(names.map((name) => [name, answer])),
    });
    if (!isResume) for (const name of names) this.prices(name, { ...priceOf(position), snapshot: true });
  }

  prices(symbol: string, update: PriceUpdate): void {
    this.says({ type: 'price_update', data: { [symbol]: update } });
  }

  #emit(type: string, event: Parameters<Listener>[0]): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }
}

/** An update whose price is its sequence number, so that a test sees which one it has. */
export function price(seq: number, more: Partial<PriceUpdate> = {}): PriceUpdate {
  return { price: seq, timestamp: '2024-09-14T12:34:56.789Z', seq, ...more };
}

function priceOf(position: string): PriceUpdate {
  return price(Number(position.split('-')[1]));
}

/** A client on fake sockets, with all that it told. */
export interface PlayedClient {
  readonly client: Client;
  readonly clock: FakeClock;
  readonly sockets: readonly FakeSocket[];
  readonly told: string[];
  /** The socket that was opened last. */
  newest(): FakeSocket;
}

/** For tests: a client whose hub and clock the test plays. */
export function playClient(
  options: ConnectOptions = {},
  urls: string | readonly string[] = 'ws://hub/ws',
): PlayedClient {
  const clock = new FakeClock();
  const sockets: FakeSocket[] = [];
  class OpenedSocket extends FakeSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  }
  const client = connect(urls, { clock, random: () => 1, webSocket: OpenedSocket, ...options });
  const told: string[] = [];
  client.on('update', (update) => told.push(story(update)));
  client.on('state', ({ state }) => told.push(state));
  client.on('reset', ({ symbol, reason }) => told.push(`${symbol} reset ${reason}`));
  client.on('error', ({ code, symbol }) => told.push(`error ${code} ${symbol ?? ''}`.trim()));
  const newest = (): FakeSocket => {
    const socket = sockets.at(-1);
    assert.ok(socket !== undefined);
    return socket;
  };
  return { client, clock, sockets, told, newest };
}

/** `AAPL 7-3..5` = the numbers 3 to 5 of epoch 7. */
export function story({ symbol, epoch, from, seq }: Update): string {
  return `${symbol} ${epoch}-${from === seq ? seq : `${from}..${seq}`}`;
}
