import type { WireFormat } from '#protocol/codec.ts';
import { frequencyClassesMs } from '#protocol/frequency.ts';
import type { HubMessage } from '#protocol/messages.ts';
import { formatPosition, type Position } from '#protocol/position.ts';
import type { OracleClient } from '#test/harness/oracle-client.ts';
import { connectRaw, offerOf, type RawClient } from '#test/harness/raw-client.ts';
import { below, oneOf, type Random } from './choice.ts';

/** The hub lets 64 requests of a socket wait, and refuses those above. */
const unansweredMax = 40;

/**
 * A client that keeps to the contract and never rests: subscribes, changes its mind, leaves, resumes, and is cut
 * off, many requests at a time. The oracle judges what it gets.
 */
export class RestlessClient {
  readonly #watch: OracleClient;
  readonly #symbols: readonly string[];
  readonly #random: Random;
  readonly #token: string | undefined;
  /** Where the client stood in what it gave up; it may ask to go on from there. */
  readonly #left = new Map<string, Position>();
  /** Requests under way, by symbol. */
  readonly #pending = new Map<string, number>();
  readonly #held = new Set<string>();
  #raw: RawClient | undefined;
  #requests = 0;

  /** @param token shown in the handshake, where the hub wants one */
  constructor(watch: OracleClient, symbols: readonly string[], random: Random, token?: string) {
    this.#token = token;
    this.#watch = watch;
    this.#symbols = symbols;
    this.#random = random;
  }

  /** Messages sent so far. */
  get requests(): number {
    return this.#requests;
  }

  /** Sends so many requests, and waits until all are answered; now and then over a connection of its own. */
  async act(url: string, requests: number): Promise<void> {
    if (this.#raw === undefined || this.#random() < 0.3) await this.#reconnect(url);
    for (let count = 0; count < requests; count++) {
      this.#request();
      if (this.#random() < 0.1 || count % unansweredMax === 0) await this.#answered();
    }
    await this.#answered();
  }

  /** Gives everything up: nothing is owed to it any more. */
  async leave(): Promise<void> {
    await this.#cut();
  }

  async #reconnect(url: string): Promise<void> {
    await this.#cut();
    const format: WireFormat = this.#random() < 0.5 ? 'json' : 'msgpack';
    const onMessage = (message: HubMessage): void => this.#receive(message);
    this.#raw = await connectRaw(url, { ...offerOf(format, this.#token), keepMax: 50, onMessage });
  }

  async #cut(): Promise<void> {
    await this.#raw?.cut();
    this.#raw = undefined;
    this.#watch.disconnected();
    for (const symbol of this.#symbols) {
      const position = this.#watch.position(symbol);
      if (position !== undefined) this.#left.set(symbol, position);
    }
    this.#held.clear();
    this.#pending.clear();
  }

  #request(): void {
    const symbol = oneOf(this.#random, this.#symbols);
    const what = this.#random();
    if (what < 0.1) this.#send({ type: 'ping' });
    else if (what < 0.4) this.#ask(symbol, { type: 'unsubscribe', symbols: [symbol] });
    else this.#subscribe(symbol);
  }

  #subscribe(symbol: string): void {
    const frequency = oneOf(this.#random, frequencyClassesMs.slice(0, 4));
    const position = this.#left.get(symbol);
    // With a request under way nobody knows where the client will stand when the next one is taken up.
    const settled = !this.#held.has(symbol) && !this.#pending.has(symbol);
    if (position === undefined || !settled || this.#random() < 0.2) {
      this.#ask(symbol, { type: 'subscribe', symbols: [symbol], frequency });
      return;
    }
    this.#watch.resuming(symbol, position);
    const since = { [symbol]: formatPosition(position) };
    this.#ask(symbol, { type: 'subscribe', symbols: [symbol], frequency, since });
  }

  #ask(symbol: string, message: object): void {
    this.#pending.set(symbol, (this.#pending.get(symbol) ?? 0) + 1);
    this.#send({ ...message, id: symbol });
  }

  #send(message: object): void {
    this.#requests++;
    this.#raw?.send(message);
  }

  /** All requests before it are: the hub answers those of a socket in order, pings aside. */
  async #answered(): Promise<void> {
    const id = `nothing ${below(this.#random, 1e9)}`;
    this.#send({ type: 'unsubscribe', symbols: ['nothing'], id });
    await this.#raw?.waitFor((message) => message.type === 'unsubscribed' && message.id === id, 20_000);
  }

  #receive(message: HubMessage): void {
    if (message.type === 'subscribed')
      for (const symbol of Object.keys(message.symbols)) this.#settle(symbol, true);
    if (message.type === 'unsubscribed' && typeof message.id === 'string') {
      const position = this.#watch.position(message.id);
      if (position !== undefined && message.symbols.length > 0) this.#left.set(message.id, position);
      this.#settle(message.id, false);
    }
    this.#watch.receive(message);
  }

  #settle(symbol: string, holds: boolean): void {
    if (holds) this.#held.add(symbol);
    else this.#held.delete(symbol);
    const under = (this.#pending.get(symbol) ?? 1) - 1;
    if (under === 0) this.#pending.delete(symbol);
    else this.#pending.set(symbol, under);
  }
}
