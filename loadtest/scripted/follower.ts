import type { HubMessage, PriceUpdate, SubscribedMessage } from '#protocol/messages.ts';
import { type FaultKind, HeldSymbol, type Verdict } from './held-symbol.ts';

/** Where a follower's observations go: the metrics of k6 or Artillery. */
export interface FollowerSink {
  /** An update that brought something new. @param latencyMs since the adapter read it; undefined for a replayed one */
  update(latencyMs: number | undefined): void;
  /** A symbol's first answer on this connection. @param ms since the request */
  answered(ms: number): void;
  /** A symbol was asked for with `since`. @param ms since the socket was lost */
  resumed(ms: number, recovered: boolean): void;
  /** The hub said that something which was held has a hole. */
  reset(symbol: string, reason: string): void;
  /** The hub refused a symbol or a message. */
  refused(text: string): void;
  fault(kind: FaultKind, text: string): void;
}

export interface FollowerOptions {
  readonly symbols: readonly string[];
  /** Milliseconds; 0 = every update. */
  readonly frequency: number;
  /** Unix ms; shared with the adapter's clock, or latencies are off by the difference. */
  readonly now: () => number;
}

/**
 * One client: says what to send, and judges everything that comes. It outlives its connections; whoever
 * owns the socket calls `opened`, `message` and `closed`.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #sink: FollowerSink;
  readonly #symbols: ReadonlyMap<string, HeldSymbol>;
  #askedAtMs = 0;
  #lostAtMs: number | undefined;
  /** Of a hub that drains; undefined while it does not. */
  #reconnectAfterMs: number | undefined;

  constructor(options: FollowerOptions, sink: FollowerSink) {
    this.#options = options;
    this.#sink = sink;
    this.#symbols = new Map(options.symbols.map((symbol) => [symbol, new HeldSymbol(symbol)]));
  }

  get symbols(): readonly string[] {
    return this.#options.symbols;
  }

  /** Milliseconds after which the hub wants this client gone; undefined = it may stay. */
  get reconnectAfterMs(): number | undefined {
    return this.#reconnectAfterMs;
  }

  /** The connection is open. Returns the frame to send: it resumes what is held. */
  opened(): string {
    const { symbols, frequency, now } = this.#options;
    this.#askedAtMs = now();
    this.#reconnectAfterMs = undefined;
    const held = [...this.#symbols].map(([symbol, { position }]) => [symbol, position] as const);
    const since = held.filter(([, position]) => position !== undefined);
    return JSON.stringify({
      type: 'subscribe',
      symbols,
      ...(frequency > 0 && { frequency }),
      ...(since.length > 0 && { since: Object.fromEntries(since) }),
    });
  }

  /** The next text frame. */
  message(text: string): void {
    const message = parse(text);
    switch (message?.type) {
      case undefined:
        this.#sink.fault('disorder', `a frame that is no JSON object: ${text.slice(0, 80)}`);
        break;
      case 'price_update':
        for (const [symbol, update] of Object.entries(message.data)) this.#update(symbol, update);
        break;
      case 'subscribed':
        this.#subscribed(message);
        break;
      case 'reset':
        if (this.#judge(message.symbol, (held) => held.reset(message))?.means === 'loss')
          this.#sink.reset(message.symbol, message.reason);
        break;
      case 'error':
        this.#sink.refused(message.message);
        break;
      case 'goodbye':
        this.#reconnectAfterMs = message.reconnect_after_ms;
        break;
    }
  }

  /** The connection is gone, for whatever reason. Calling it again changes nothing. */
  closed(): void {
    this.#lostAtMs ??= this.#options.now();
    for (const held of this.#symbols.values()) held.disconnected();
  }

  /** Position by symbol, of those that are held. */
  positions(): Record<string, string> {
    const held = [...this.#symbols].flatMap(([symbol, { position }]) =>
      position === undefined ? [] : [[symbol, position] as const],
    );
    return Object.fromEntries(held);
  }

  /** Symbols of ours of which not everything up to `reference`'s position is held. */
  behind(reference: Readonly<Record<string, string>>): string[] {
    return [...this.#symbols].flatMap(([symbol, held]) => {
      const position = reference[symbol];
      return position === undefined || held.holds(position) ? [] : [symbol];
    });
  }

  /** The end: reports what is `behind`. */
  settle(reference: Readonly<Record<string, string>>): void {
    for (const symbol of this.behind(reference)) {
      const held = this.#symbols.get(symbol)?.position ?? 'nothing';
      this.#sink.fault('behind', `${symbol}: holds ${held}, but others were sent ${reference[symbol]}`);
    }
  }

  #subscribed({ symbols }: SubscribedMessage): void {
    for (const [symbol, answer] of Object.entries(symbols)) {
      this.#judge(symbol, (held) => held.subscribed(answer));
      if (answer.recovered !== undefined && this.#lostAtMs !== undefined)
        this.#sink.resumed(this.#options.now() - this.#lostAtMs, answer.recovered);
    }
    this.#lostAtMs = undefined;
  }

  #update(symbol: string, update: PriceUpdate): void {
    const verdict = this.#judge(symbol, (held) => held.update(update));
    const { received } = update;
    if (verdict?.means === 'live' && received !== undefined)
      this.#sink.update(this.#options.now() - received);
    else if (verdict?.means === 'live' || verdict?.means === 'replayed') this.#sink.update(undefined);
  }

  #judge(symbol: string, judge: (held: HeldSymbol) => Verdict): Verdict | undefined {
    const held = this.#symbols.get(symbol);
    if (held === undefined) {
      this.#sink.fault('disorder', `${symbol}: was never asked for`);
      return undefined;
    }
    const verdict = judge(held);
    if (verdict.means === 'fault') this.#sink.fault(verdict.kind, verdict.text);
    if (verdict.means === 'answer') this.#sink.answered(this.#options.now() - this.#askedAtMs);
    return verdict;
  }
}

/** The hub's message; undefined when the frame is none. Its fields are trusted: the judge finds what is wrong. */
function parse(text: string): HubMessage | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && 'type' in value ? (value as HubMessage) : undefined;
  } catch {
    return undefined; // reported as a disorder
  }
}
