import type { Clock } from '#client/clock.ts';
import type { ClientProblem, Reset } from '#client/events.ts';
import type { Positions } from '#client/positions.ts';
import type { MessageBudget } from '#client/requests/message-budget.ts';
import type { Desires } from '#client/requests/requested-symbols.ts';
import { type RequestLimits, Requests } from '#client/requests/requests.ts';
import { type StaleCause, StaleNotices } from '#client/stale-notices.ts';
import type { Update } from '#client/update.ts';
import type { Codec } from '#protocol/codec.ts';
import type { ErrorMessage, Limits, PriceUpdate } from '#protocol/messages.ts';
import {
  type Connection,
  type ConnectionLimits,
  type Ending,
  type LaterMessage,
  openConnection,
  type SessionSource,
} from './connection.ts';
import type { WebSocketConstructor } from './socket.ts';
import type { TokenSource } from './token.ts';

/** Bounds of one connection and of its requests. */
export interface HubConnectionLimits extends ConnectionLimits, RequestLimits {}

/** What the connections of a client share. */
export interface HubConnectionDeps {
  readonly url: string;
  readonly webSocket: WebSocketConstructor;
  readonly codec: Codec;
  readonly token: TokenSource | undefined;
  readonly session: SessionSource | undefined;
  readonly clock: Clock;
  /** 0 … 1 */
  readonly random: () => number;
  readonly desired: Desires & { symbols(): Iterable<string> };
  readonly positions: Positions;
  readonly deliver: (update: Update) => void;
  readonly reset: (reset: Reset) => void;
  /** The hub serves this client so many minutes late, 0 = at once; told with each of its answers. */
  readonly delayed: (minutes: number) => void;
  readonly problem: (problem: ClientProblem) => void;
}

/** Who hears of the state of one connection. */
export interface HubConnectionHandlers {
  /** The hub said welcome. */
  live(): void;
  /** The hub has answered for everything that is wanted, and has brought what was missed of it. */
  settled(): void;
  /** `staleCauseOf` has changed. */
  staleChanged(): void;
  /** The hub goes down: connect elsewhere after so many ms. */
  goodbye(reconnectAfterMs: number): void;
  ended(ending: Ending): void;
}

/** One connection with what is asked over it and what it brings. Connections are numbered in the order of their opening. */
export class HubConnection {
  readonly number: number;
  readonly #deps: HubConnectionDeps;
  readonly #limits: HubConnectionLimits;
  readonly #handlers: HubConnectionHandlers;
  readonly #connection: Connection;
  /** Undefined until the hub has said welcome, and with it what it allows. */
  #requests: Requests | undefined;
  /** Symbols that were answered for, and of which what was missed has yet to come. */
  readonly #awaited = new Set<string>();
  readonly #notices = new StaleNotices();

  constructor(
    number: number,
    deps: HubConnectionDeps,
    limits: HubConnectionLimits,
    handlers: HubConnectionHandlers,
  ) {
    this.number = number;
    this.#deps = deps;
    this.#limits = limits;
    this.#handlers = handlers;
    this.#connection = openConnection(deps, limits, {
      welcomed: (welcome, budget) => this.#welcomed(welcome.limits, budget),
      received: (message) => this.#receive(message),
      malformed: () => deps.problem({ code: 'malformed', message: 'The hub sent what is no message' }),
      ended: (ending) => this.#ended(ending),
    });
  }

  get live(): boolean {
    return this.#requests !== undefined;
  }

  /** What this hub said of the symbol: why its price stands still; undefined: it does not. */
  staleCauseOf(symbol: string): StaleCause | undefined {
    return this.#notices.causeOf(symbol);
  }

  /** What is wanted of these symbols changed. */
  changed(symbols: Iterable<string>): void {
    this.#requests?.changed(symbols);
  }

  /** Asks for the symbols once more. */
  again(symbols: readonly string[]): void {
    this.#requests?.again(symbols);
  }

  close(): void {
    this.#requests?.stop();
    this.#connection.close();
  }

  #welcomed(hubLimits: Limits, budget: MessageBudget): void {
    const { codec, clock, random, desired, positions, problem } = this.#deps;
    this.#requests?.stop();
    this.#requests = new Requests(
      {
        ...{ codec, clock, random, budget },
        desires: desired,
        sinceOf: (symbol) => positions.since(symbol),
        answered: (symbol, answer, since) => {
          const outcome = positions.answered(symbol, answer, since, this.number);
          if (positions.awaits(symbol, this.number)) this.#awaited.add(symbol);
          if (outcome === 'begun_unseen') this.#deps.reset({ symbol, reason: 'epoch_changed' });
          return outcome;
        },
        send: (frame) => this.#connection.send(frame),
        problem,
        overdue: () => this.#connection.fail('the hub did not answer a request in time'),
        settled: () => this.#checkSettled(),
      },
      hubLimits,
      this.#limits,
    );
    this.#handlers.live();
    this.#requests.changed(desired.symbols());
  }

  #receive(message: LaterMessage): void {
    switch (message.type) {
      case 'price_update':
        for (const [symbol, update] of Object.entries(message.data)) this.#take(symbol, update);
        return;
      case 'reset': {
        const { symbol, reason, position } = message;
        if (this.#deps.positions.reset(symbol, reason, position, this.number))
          this.#deps.reset({ symbol, reason });
        return;
      }
      case 'subscribed':
        this.#deps.delayed(message.delayed_minutes ?? 0);
        for (const [symbol, { begins, position }] of Object.entries(message.symbols))
          if (begins) this.#deps.positions.begins(symbol, position, this.number);
        this.#requests?.subscribed(message);
        return;
      case 'unsubscribed':
        this.#requests?.unsubscribed(message);
        this.#notices.forget(message.symbols);
        return;
      case 'error':
        this.#refused(message);
        return;
      case 'goodbye':
        this.#handlers.goodbye(message.reconnect_after_ms);
        return;
      case 'stale':
        this.#notices.stale(message);
        this.#handlers.staleChanged();
        return;
      case 'fresh':
        this.#notices.fresh(message);
        this.#handlers.staleChanged();
        return;
      case 'pong':
      case 'heartbeat':
      case 'authenticated':
        return;
      default:
        message satisfies never;
    }
  }

  #take(symbol: string, update: PriceUpdate): void {
    const { positions, deliver } = this.#deps;
    const taken = positions.take(symbol, update, this.number);
    if (taken === 'gap') this.#fetchMissing(symbol);
    else if (taken !== 'duplicate' && taken !== 'not_ours') deliver(taken);
    if (this.#awaited.size > 0 && !positions.awaits(symbol, this.number)) this.#checkSettled();
  }

  #checkSettled(): void {
    for (const symbol of this.#awaited)
      if (!this.#deps.positions.awaits(symbol, this.number)) this.#awaited.delete(symbol);
    if (this.#awaited.size === 0 && this.#requests?.settled) this.#handlers.settled();
  }

  /** A hub that keeps the contract never gets here. */
  #fetchMissing(symbol: string): void {
    const message = `Updates of ${symbol} are missing; they are asked for again`;
    this.#deps.problem({ code: 'gap', message, symbol });
    this.again([symbol]);
  }

  #refused(message: ErrorMessage): void {
    if (this.#requests !== undefined) this.#requests.refused(message);
    else this.#deps.problem(message);
  }

  #ended(ending: Ending): void {
    this.#requests?.stop();
    this.#handlers.ended(ending);
  }
}
