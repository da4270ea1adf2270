import { WebSocket } from 'ws';
import { type Client, type ConnectOptions, connect, type Update } from '#client/mod.ts';
import type { Position } from '#protocol/position.ts';

export interface SelfCheckingOptions {
  readonly symbols: readonly string[];
  readonly frequency?: number;
  readonly connect?: ConnectOptions;
  /** What it may be told without a fault of anybody's, e.g. `token_expired` on a machine that stood still. */
  readonly mayHear?: readonly string[];
}

/** A user of the SDK who checks that what it hands over leaves nothing out. */
export class SelfCheckingClient {
  readonly name: string;
  readonly symbols: readonly string[];
  readonly client: Client;
  /** What the SDK should not have done; empty = nothing was lost in silence. */
  readonly problems: string[] = [];
  /** Losses that it was told of. */
  resets = 0;
  updates = 0;
  /** The longest time without an update of any symbol; ms. */
  longestSilenceMs = 0;
  #heardAt = performance.now();
  readonly #held = new Map<string, Position>();

  constructor(
    name: string,
    url: string | readonly string[],
    { symbols, frequency = 0, connect: options, mayHear = [] }: SelfCheckingOptions,
  ) {
    this.name = name;
    this.symbols = symbols;
    const limits = { reconnectBaseMs: 50, reconnectMaxMs: 500, ...options?.limits };
    this.client = connect(url, { webSocket: WebSocket, ...options, limits });
    this.client.on('reset', () => this.resets++);
    this.client.on('error', ({ code, message }) => {
      if (!mayHear.includes(code)) this.#problem(`${code}: ${message}`);
    });
    this.client.subscribe(symbols, { frequency, onUpdate: (update) => this.#take(update) });
  }

  caughtUp(last: ReadonlyMap<string, Position>): boolean {
    return this.symbols.every((symbol) => this.#has(symbol, last.get(symbol)));
  }

  expectCaughtUp(last: ReadonlyMap<string, Position>): void {
    for (const symbol of this.symbols)
      if (!this.#has(symbol, last.get(symbol))) this.#problem(`${symbol} is not caught up`);
  }

  /** What was silent up to now does not count. */
  forgetSilence(): void {
    this.longestSilenceMs = 0;
    this.#heardAt = performance.now();
  }

  close(): void {
    this.client.close();
  }

  #take(update: Update): void {
    const { symbol, epoch, from, seq } = update;
    const held = this.#held.get(symbol);
    this.updates++;
    const now = performance.now();
    this.longestSilenceMs = Math.max(this.longestSilenceMs, now - this.#heardAt);
    this.#heardAt = now;
    if (held !== undefined && update.reset === undefined && !joinsOn(held, update))
      this.#problem(`${symbol} ${from} to ${seq} of ${epoch} came after ${held.seq} of ${held.epoch}`);
    this.#held.set(symbol, { epoch, seq });
  }

  #has(symbol: string, position: Position | undefined): boolean {
    const held = this.#held.get(symbol);
    return position === undefined || (held?.epoch === position.epoch && held.seq >= position.seq);
  }

  #problem(text: string): void {
    if (this.problems.length < 100) this.problems.push(`${this.name}: ${text}`);
  }
}

function joinsOn(held: Position, { epoch, from, seq, snapshot }: Update): boolean {
  if (epoch !== held.epoch) return false;
  return from === held.seq + 1 || (snapshot === true && seq === held.seq);
}
