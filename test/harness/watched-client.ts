import type { WireFormat } from '#protocol/codec.ts';
import type { HubMessage, SubscribedSymbol } from '#protocol/messages.ts';
import { formatPosition, type Position } from '#protocol/position.ts';
import type { OracleClient } from './oracle-client.ts';
import { connectRaw, offerOf, type RawClient } from './raw-client.ts';

export interface WatchedClientOptions {
  readonly symbols: readonly string[];
  /** `json` unless told. */
  readonly format?: WireFormat;
  /** Milliseconds; 0, every update, unless told. */
  readonly frequency?: number;
  /** Shown in the handshake, where the hub wants one. */
  readonly token?: string;
}

/** Names of one `subscribe` message; a message may have 64 KiB. */
const requestSymbolsMax = 500;

/** A raw client, over all of its connections, whose every message the oracle sees. */
export class WatchedClient {
  readonly symbols: readonly string[];
  readonly frequency: number;
  readonly watch: OracleClient;
  /** What the newest connection was answered, by symbol. */
  answers: Readonly<Record<string, SubscribedSymbol>> = {};
  /** Losses that it was told of. */
  resets = 0;
  /** Frames that could not be read, on earlier connections. */
  #undecodable = 0;
  readonly #options: WatchedClientOptions;
  #raw: RawClient | undefined;

  private constructor(watch: OracleClient, options: WatchedClientOptions) {
    this.watch = watch;
    this.#options = options;
    this.symbols = options.symbols;
    this.frequency = options.frequency ?? 0;
  }

  /** Connects and subscribes; resolves when that is answered. */
  static async connect(url: string, watch: OracleClient, options: WatchedClientOptions) {
    const client = new WatchedClient(watch, options);
    await client.#open(url);
    await client.#subscribe(false);
    return client;
  }

  /** The newest connection. */
  get raw(): RawClient {
    if (this.#raw === undefined) throw new Error('the client has not been connected yet');
    return this.#raw;
  }

  get undecodable(): number {
    return this.#undecodable + this.raw.undecodable;
  }

  /** Ends the connection without a word; what is held stays. */
  async cut(): Promise<void> {
    await this.raw.cut();
    this.watch.disconnected();
  }

  /** After `cut`, or when the hub closed: connects again and asks for what came meanwhile. */
  async reconnect(url: string): Promise<void> {
    await this.raw.closed;
    this.#undecodable += this.raw.undecodable;
    this.watch.disconnected();
    await this.#open(url);
    await this.#subscribe(true);
  }

  /** Whether it holds everything up to each of these positions that is of a symbol of its own. */
  caughtUp(last: ReadonlyMap<string, Position>): boolean {
    return this.symbols.every((symbol) => {
      const position = last.get(symbol);
      return position === undefined || this.watch.caughtUp(symbol, position);
    });
  }

  /** Notes a violation for each symbol that is not caught up. */
  expectCaughtUp(last: ReadonlyMap<string, Position>): void {
    for (const symbol of this.symbols) {
      const position = last.get(symbol);
      if (position !== undefined) this.watch.expectCaughtUp(symbol, position);
    }
  }

  async #open(url: string): Promise<void> {
    const { format = 'json', token } = this.#options;
    const onMessage = (message: HubMessage): void => this.#receive(message);
    this.#raw = await connectRaw(url, { ...offerOf(format, token), keepMax: 200, onMessage });
  }

  #receive(message: HubMessage): void {
    if (message.type === 'reset') this.resets++;
    this.watch.receive(message);
  }

  async #subscribe(resuming: boolean): Promise<void> {
    this.answers = {};
    for (let start = 0; start < this.symbols.length; start += requestSymbolsMax) {
      const symbols = this.symbols.slice(start, start + requestSymbolsMax);
      const id = `subscribe ${start}`;
      const since = resuming ? { since: this.#since(symbols) } : {};
      this.raw.send({ type: 'subscribe', id, symbols, frequency: this.frequency, ...since });
      const answer = await this.raw.waitFor(isAnswerTo(id));
      if (answer.type === 'subscribed') this.answers = { ...this.answers, ...answer.symbols };
    }
  }

  #since(symbols: readonly string[]): Record<string, string> {
    return Object.fromEntries(
      symbols.flatMap((symbol) => {
        const position = this.watch.position(symbol);
        return position === undefined ? [] : [[symbol, formatPosition(position)]];
      }),
    );
  }
}

function isAnswerTo(id: string): (message: HubMessage) => boolean {
  return (message) => message.type === 'subscribed' && message.id === id;
}
