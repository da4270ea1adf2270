import { setTimeout as delay } from 'node:timers/promises';
import type { HubMessage, ResetMessage, StaleReason, SubscribedMessage } from '#protocol/messages.ts';
import { Backoff } from '#protocol/pacing/backoff.ts';
import { formatPosition, type Position } from '#protocol/position.ts';
import type { OracleClient } from '#test/harness/oracle-client.ts';
import { connectRaw, type RawClient } from '#test/harness/raw-client.ts';
import { Arrivals } from './arrivals.ts';
import type { UserOptions } from './sdk-user.ts';
import { reaches, type User } from './user.ts';

const askAgainMs = 1000;
const silenceCheckMs = 250;
/** Of who does not read: a new connection is not read for longer than that either. */
const pauseAgainMs = 100;

/** A program of somebody else that follows PROTOCOL.md: raw frames, every one of them judged by the oracle. */
export class RawUser implements User {
  readonly kind = 'raw';
  readonly name: string;
  readonly symbols: readonly string[];
  readonly arrivals: Arrivals;
  connections = 0;
  resets = 0;
  staleAt: number | undefined;
  freshAt: number | undefined;
  /** Frames that could not be read. */
  undecodable = 0;
  /** Updates that stood for several, so that it was told of what it missed. */
  covering = 0;
  readonly #options: UserOptions;
  #url: string;
  readonly #watch: OracleClient;
  readonly #closed = new AbortController();
  #raw: RawClient | undefined;
  #heartbeatMs = 15_000;
  #heardAt = 0;
  readonly #backoff = new Backoff(
    { firstMs: 500, maxMs: 5000 },
    { clock: { monotonic: () => performance.now() }, random: Math.random },
  );
  /** Symbols whose next snapshot is news, since a reset came before it, or it is the symbol's very first. */
  readonly #begunAnew = new Set<string>();
  /** Whoever does not read can not know that nothing comes. */
  #reading = true;

  constructor(options: UserOptions, watch: OracleClient) {
    this.name = options.name;
    this.symbols = options.symbols;
    this.arrivals = new Arrivals(options.symbols, options.frequency + options.intervalMs);
    this.#options = options;
    this.#url = options.url;
    this.#watch = watch;
    void this.#live();
  }

  /** The present connection; undefined between two. */
  get raw(): RawClient | undefined {
    return this.#raw;
  }

  /** Connects anew, and from now on by way of another address. */
  moveTo(url: string): void {
    this.#url = url;
    void this.#raw?.cut();
  }

  /** Reads nothing, on this connection and the next ones, until the returned function is called. */
  stopReading(): () => void {
    this.#reading = false;
    const timer = setInterval(() => this.#raw?.pause(), pauseAgainMs);
    this.#raw?.pause();
    return () => {
      clearInterval(timer);
      this.#reading = true;
      this.#heardAt = performance.now();
      this.#raw?.resume();
    };
  }

  caughtUp(last: ReadonlyMap<string, Position>): boolean {
    return this.symbols.every((symbol) => {
      const [position, held] = [last.get(symbol), this.#watch.position(symbol)];
      if (position === undefined) return true;
      return held !== undefined && reaches(held, position) && this.#watch.caughtUp(symbol, held);
    });
  }

  close(): void {
    this.#closed.abort();
    void this.#raw?.cut();
  }

  async #live(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      await this.#connection().catch(() => undefined); // refused: tried again like one that ended
      await delay(this.#backoff.next(), undefined, { signal: this.#closed.signal }).catch(() => undefined);
    }
  }

  async #connection(): Promise<void> {
    const { format } = this.#options;
    let raw: RawClient | undefined;
    this.#heardAt = performance.now();
    const onMessage = (message: HubMessage): void => this.#receive(message, raw);
    raw = await connectRaw(this.#url, { format, keepMax: 1, onMessage });
    this.#raw = raw;
    this.connections++;
    const watching = setInterval(() => this.#cutIfSilent(raw), silenceCheckMs);
    if (this.#closed.signal.aborted) void raw.cut();
    this.#subscribe(raw, this.symbols);
    await raw.closed;
    clearInterval(watching);
    this.undecodable += raw.undecodable;
    this.#raw = undefined;
    this.#watch.disconnected();
  }

  #cutIfSilent(raw: RawClient): void {
    if (this.#reading && performance.now() - this.#heardAt > 2 * this.#heartbeatMs) void raw.cut();
  }

  #receive(message: HubMessage, raw: RawClient | undefined): void {
    this.#heardAt = performance.now();
    this.#watch.receive(message);
    if (message.type === 'price_update') this.#updated(message.data);
    else if (message.type === 'reset') this.#lost(message);
    else if (message.type === 'welcome') this.#heartbeatMs = message.heartbeat_ms;
    else if (message.type === 'goodbye') setTimeout(() => void raw?.cut(), message.reconnect_after_ms);
    else if (message.type === 'stale') this.#stale(message.reason);
    else if (message.type === 'fresh') this.#fresh(message.reason);
    else if (message.type === 'subscribed') this.#answered(message, raw);
  }

  #updated(data: Extract<HubMessage, { type: 'price_update' }>['data']): void {
    for (const [symbol, { snapshot, from }] of Object.entries(data)) {
      if (from !== undefined) this.covering++;
      if (this.#begunAnew.delete(symbol) || !snapshot) this.arrivals.arrived(symbol, this.#heardAt);
    }
  }

  #lost({ symbol, reason }: ResetMessage): void {
    this.resets++;
    this.#begunAnew.add(symbol);
    this.#options.onReset(reason);
  }

  #stale(reason: StaleReason): void {
    if (reason === 'fanout_unavailable') this.staleAt = this.#heardAt;
  }

  #fresh(reason: StaleReason): void {
    if (reason === 'fanout_unavailable') this.freshAt = this.#heardAt;
  }

  #answered({ symbols: held, rejected = [] }: SubscribedMessage, raw: RawClient | undefined): void {
    this.#backoff.reset();
    for (const [symbol, { begins }] of Object.entries(held)) if (begins) this.#begunAnew.add(symbol);
    const symbols = rejected.map(({ symbol }) => symbol);
    if (symbols.length > 0 && raw !== undefined)
      setTimeout(() => {
        if (this.#raw === raw) this.#subscribe(raw, symbols);
      }, askAgainMs);
  }

  #subscribe(raw: RawClient, symbols: readonly string[]): void {
    const positions = symbols.flatMap((symbol) => {
      const position = this.#watch.position(symbol);
      return position === undefined ? [] : [[symbol, formatPosition(position)]];
    });
    const { frequency } = this.#options;
    raw.send({ type: 'subscribe', symbols, frequency, since: Object.fromEntries(positions) });
  }
}
