import {
  type Coverage,
  disconnected,
  holds,
  type Judgement,
  nothingHeld,
  reset,
  subscribed,
  update,
  type ViolationKind,
} from '#loadtest/judge/reference-judge.ts';
import type { HubMessage, PriceUpdate, ResetMessage, SubscribedMessage } from '#protocol/messages.ts';
import { formatPosition, parsePosition } from '#protocol/position.ts';

/** What a hub must not do, as the metrics count it: updates are missing, came again, broke another rule, or never came. */
export type FaultKind = 'gap' | 'repeat' | 'disorder' | 'behind';

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

/** What a follower asks for, and its clock. */
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
  /** What is held of each symbol, over all connections. */
  readonly #held: Map<string, Coverage>;
  /** Symbols whose first answer on this connection has not come yet. */
  readonly #unanswered = new Set<string>();
  #askedAtMs = 0;
  #lostAtMs: number | undefined;
  /** Of a hub that drains; undefined while it does not. */
  #reconnectAfterMs: number | undefined;

  constructor(options: FollowerOptions, sink: FollowerSink) {
    this.#options = options;
    this.#sink = sink;
    this.#held = new Map(options.symbols.map((symbol) => [symbol, nothingHeld]));
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
    for (const symbol of symbols) this.#unanswered.add(symbol);
    const since = this.positions();
    return JSON.stringify({
      type: 'subscribe',
      symbols,
      ...(frequency > 0 && { frequency }),
      ...(Object.keys(since).length > 0 && { since }),
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
        this.#reset(message);
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
    for (const [symbol, held] of this.#held) this.#held.set(symbol, disconnected(held));
  }

  /** Position by symbol, of those that are held. */
  positions(): Record<string, string> {
    const held = [...this.#held].flatMap(([symbol, { place }]) =>
      place === undefined ? [] : [[symbol, formatPosition(place)] as const],
    );
    return Object.fromEntries(held);
  }

  /** Symbols of ours of which not everything up to `reference`'s position is held. */
  behind(reference: Readonly<Record<string, string>>): string[] {
    return [...this.#held].flatMap(([symbol, held]) => {
      const position = parsePosition(reference[symbol]);
      return position === undefined || holds(held, position) ? [] : [symbol];
    });
  }

  /** The end: reports what is `behind`. */
  settle(reference: Readonly<Record<string, string>>): void {
    const held = this.positions();
    for (const symbol of this.behind(reference))
      this.#sink.fault(
        'behind',
        `${symbol}: holds ${held[symbol] ?? 'nothing'}, but others were sent ${reference[symbol]}`,
      );
  }

  #subscribed({ symbols }: SubscribedMessage): void {
    for (const [symbol, answer] of Object.entries(symbols)) {
      const judged = this.#judge(symbol, (held) => subscribed(held, answer));
      if (judged?.violation === undefined && judged?.held.due !== 'snapshot') this.#answered(symbol);
      if (answer.recovered !== undefined && this.#lostAtMs !== undefined)
        this.#sink.resumed(this.#options.now() - this.#lostAtMs, answer.recovered);
    }
    this.#lostAtMs = undefined;
  }

  /** A loss is told only where something was held, and not before a first price. */
  #reset({ symbol, reason, position }: ResetMessage): void {
    const hadSome = this.#held.get(symbol)?.place !== undefined;
    const judged = this.#judge(symbol, (held) => reset(held, position));
    if (judged?.violation === undefined && hadSome) this.#sink.reset(symbol, reason);
  }

  #update(symbol: string, data: PriceUpdate): void {
    const judged = this.#judge(symbol, (held) => update(held, data));
    if (judged === undefined || judged.violation !== undefined) return;
    this.#answered(symbol);
    if (judged.covered === 0) return;
    const isTimed = data.received !== undefined && data.seq > judged.held.replayTo;
    this.#sink.update(isTimed ? this.#options.now() - data.received : undefined);
  }

  #answered(symbol: string): void {
    if (this.#unanswered.delete(symbol)) this.#sink.answered(this.#options.now() - this.#askedAtMs);
  }

  #judge(symbol: string, judge: (held: Coverage) => Judgement): Judgement | undefined {
    const before = this.#held.get(symbol);
    if (before === undefined) {
      this.#sink.fault('disorder', `${symbol}: was never asked for`);
      return undefined;
    }
    const judgement = judge(before);
    this.#held.set(symbol, judgement.held);
    const { violation } = judgement;
    if (violation !== undefined)
      this.#sink.fault(faultOf(violation.kind), `${symbol} ${violation.kind}: ${violation.text}`);
    return judgement;
  }
}

function faultOf(kind: ViolationKind): FaultKind {
  if (kind === 'gap') return 'gap';
  return kind === 'duplicate' || kind === 'overlap' || kind === 'old_snapshot' ? 'repeat' : 'disorder';
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
