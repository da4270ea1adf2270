import { WebSocket } from 'ws';
import { type Client, connect, type Update, type WebSocketConstructor } from '#client/mod.ts';
import type { WireFormat } from '#protocol/codec.ts';
import type { ResetReason } from '#protocol/messages.ts';
import type { Position } from '#protocol/position.ts';
import { Arrivals } from './arrivals.ts';
import { type Findings, reaches, type User } from './user.ts';

export interface UserOptions {
  readonly url: string;
  readonly name: string;
  readonly symbols: readonly string[];
  readonly format: WireFormat;
  /** Milliseconds; 0 = every update. */
  readonly frequency: number;
  /** Between two updates of a symbol. */
  readonly intervalMs: number;
  /** Hears of each loss that the user is told of. */
  readonly onReset: (reason: ResetReason) => void;
}

/** What the hub can not do just now, and the SDK asks for again by itself. */
const passing: readonly string[] = ['unavailable', 'rate_limited'];

/** A user of the SDK, with its limits as they come, who checks that what it hands over leaves nothing out. */
export class SdkUser implements User {
  readonly kind = 'sdk';
  readonly name: string;
  readonly symbols: readonly string[];
  readonly arrivals: Arrivals;
  connections = 0;
  resets = 0;
  staleAt: number | undefined;
  freshAt: number | undefined;
  readonly #client: Client;
  readonly #held = new Map<string, Position>();
  readonly #findings: Findings;
  readonly #tell: (text: string) => void;

  /** @param tell takes each finding in words */
  constructor(options: UserOptions, findings: Findings, tell: (text: string) => void) {
    const { url, name, symbols, format, frequency } = options;
    this.name = name;
    this.symbols = symbols;
    this.#findings = findings;
    this.#tell = tell;
    this.arrivals = new Arrivals(symbols, frequency + options.intervalMs);
    this.#client = connect(url, { webSocket: countingWebSocket(() => this.connections++), format });
    this.#client.on('reset', ({ reason }) => {
      this.resets++;
      options.onReset(reason);
    });
    this.#client.on('stale', ({ reason }) => {
      if (reason === 'fanout_unavailable') this.staleAt = performance.now();
    });
    this.#client.on('fresh', () => {
      this.freshAt = performance.now();
    });
    this.#client.on('error', ({ code, message }) => this.#failed(code, message));
    this.#client.subscribe(symbols, { frequency, onUpdate: (update) => this.#take(update) });
  }

  caughtUp(last: ReadonlyMap<string, Position>): boolean {
    return this.symbols.every((symbol) => {
      const position = last.get(symbol);
      return position === undefined || reaches(this.#held.get(symbol), position);
    });
  }

  close(): void {
    this.#client.close();
  }

  #take(update: Update): void {
    const { symbol, epoch, seq, snapshot } = update;
    const held = this.#held.get(symbol);
    if (!snapshot || update.reset !== undefined) this.arrivals.arrived(symbol, performance.now());
    if (held !== undefined && update.reset === undefined) this.#judge(held, update);
    this.#held.set(symbol, { epoch, seq });
  }

  #judge(held: Position, { symbol, epoch, from, seq, snapshot }: Update): void {
    if (epoch === held.epoch && from === held.seq + 1) return;
    if (epoch === held.epoch && snapshot && seq === held.seq) return;
    const text = `${symbol} ${from} to ${seq} of ${epoch} came after ${held.seq} of ${held.epoch}`;
    if (epoch !== held.epoch) this.#find('other', text);
    else if (from > held.seq + 1) this.#find('gaps', text);
    else this.#find(seq === held.seq ? 'duplicates' : 'disorder', text);
  }

  #failed(code: string, message: string): void {
    if (code === 'gap') this.#find('gaps', message);
    else if (!passing.includes(code)) this.#find('other', `${code}: ${message}`);
  }

  #find(kind: keyof Findings, text: string): void {
    this.#findings[kind]++;
    this.#tell(`${kind}: ${this.name} ${text}`);
  }
}

/** The SDK does not tell how many connections it opened; its sockets do. */
function countingWebSocket(opened: () => void): WebSocketConstructor {
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      opened();
    }
  };
}
