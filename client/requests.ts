import type { ClientFrame, Codec } from '#protocol/codec.ts';
import type {
  ErrorMessage,
  Limits,
  Rejection,
  RequestId,
  SubscribedMessage,
  UnsubscribedMessage,
  UnsubscribeReason,
} from '#protocol/messages.ts';
import type { Position } from '#protocol/position.ts';
import { afterWaiting, type Clock } from './clock.ts';
import type { ClientProblem } from './events.ts';
import type { AnswerOutcome } from './held-positions.ts';
import { Pace } from './pace.ts';
import { type FittedBatch, fitBatch } from './request-batch.ts';
import { type Desires, RequestedSymbols } from './requested-symbols.ts';

export interface RequestLimits {
  /** Symbols in one message to the hub. */
  readonly requestSymbolsMax: number;
  /** Messages that may wait for the hub's answer; what is wanted meanwhile gathers for the next one. */
  readonly requestsUnansweredMax: number;
  /** A request without an answer for so long ends the connection. */
  readonly answerTimeoutMs: number;
  /** Before what the hub could not serve just now is asked for again. */
  readonly retryAfterMs: number;
}

export interface RequestsDeps {
  readonly codec: Codec;
  readonly clock: Clock;
  readonly desires: Desires;
  /** The position to resume a symbol after. */
  readonly sinceOf: (symbol: string) => Position | undefined;
  /** Takes the answer for one symbol. */
  readonly answered: (
    symbol: string,
    answer: SubscribedMessage['symbols'][string],
    since: Position | undefined,
  ) => AnswerOutcome;
  readonly send: (frame: ClientFrame) => void;
  readonly problem: (problem: ClientProblem) => void;
  /** A request was not answered in time. */
  readonly overdue: () => void;
  /** Everything that is wanted has its answer. */
  readonly settled: () => void;
}

interface Request extends FittedBatch {
  readonly cancelTimeout: () => void;
}

/** Asks the hub, over one connection, for what is wanted: in few messages, at a pace and within limits that it allows. */
export class Requests {
  readonly #deps: RequestsDeps;
  readonly #hubLimits: Limits;
  readonly #limits: RequestLimits;
  readonly #requested: RequestedSymbols;
  readonly #pace: Pace;
  /** By id; at most `requestsUnansweredMax`. */
  readonly #unanswered = new Map<number, Request>();
  /** Symbols that are asked for again after `retryAfterMs`. */
  readonly #retrying = new Set<string>();
  #lastId = 0;
  #scheduled = false;
  #stopped = false;
  #cancelPace = (): void => undefined;
  #cancelRetry = (): void => undefined;

  constructor(deps: RequestsDeps, hubLimits: Limits, limits: RequestLimits) {
    this.#deps = deps;
    this.#hubLimits = hubLimits;
    this.#limits = limits;
    this.#requested = new RequestedSymbols(deps.desires, hubLimits.symbols);
    this.#pace = new Pace(hubLimits.messages_per_second);
  }

  /** Looks at what is wanted of these symbols, at the end of this microtask. */
  changed(symbols: Iterable<string>): void {
    this.#requested.changed(symbols);
    this.#schedule();
  }

  /** Asks for the symbols once more, though what is wanted did not change. */
  again(symbols: readonly string[]): void {
    for (const symbol of symbols) this.#requested.outdate(symbol);
    this.#schedule();
  }

  /** Everything that is wanted has its answer. */
  get settled(): boolean {
    return this.#requested.idle && this.#unanswered.size + this.#retrying.size === 0;
  }

  subscribed(message: SubscribedMessage): void {
    const request = this.#close(message.id);
    for (const symbol of request?.symbols ?? []) {
      const answer = Object.hasOwn(message.symbols, symbol) ? message.symbols[symbol] : undefined;
      if (answer === undefined) this.#rejected(symbol, message.rejected);
      else if (this.#requested.granted(symbol)) {
        const outcome = this.#deps.answered(symbol, answer, request?.since.get(symbol));
        if (outcome === 'again') this.again([symbol]);
      }
    }
  }

  /** With a reason, it was not asked for; what only has another delay now is asked for again. */
  unsubscribed(message: UnsubscribedMessage): void {
    for (const symbol of this.#close(message.id)?.symbols ?? []) this.#requested.granted(symbol);
    if (message.reason === undefined) return;
    for (const symbol of message.symbols) this.#requested.takenAway(symbol);
    if (message.reason === 'delay_changed')
      this.changed(message.symbols); // the answer says how what is held goes on: mostly by a reset
    else for (const symbol of message.symbols) this.#tellTakenAway(symbol, message.reason);
  }

  /** An `error` of the hub. One that names a symbol repeats what `rejected` of the answer said. */
  refused({ id, code, message, symbol }: ErrorMessage): void {
    if (id !== undefined && symbol !== undefined) return;
    const request = this.#close(id);
    if (request !== undefined) this.#retryLater(request.symbols);
    this.#deps.problem({ code, message, ...(symbol !== undefined && { symbol }) });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelPace();
    this.#cancelRetry();
    for (const { cancelTimeout } of this.#unanswered.values()) cancelTimeout();
    this.#unanswered.clear();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (!this.#stopped) this.#flush();
    });
  }

  #flush(): void {
    this.#cancelPace();
    while (this.#unanswered.size < this.#limits.requestsUnansweredMax) {
      const batch = this.#requested.nextBatch(this.#limits.requestSymbolsMax, (symbol) =>
        this.#noRoom(symbol),
      );
      if (batch === undefined) break;
      const waitMs = this.#pace.waitMs(this.#deps.clock.monotonic());
      if (waitMs > 0) {
        this.#cancelPace = this.#deps.clock.after(waitMs, () => this.#flush());
        return;
      }
      this.#send(fitBatch(batch, ++this.#lastId, this.#hubLimits.message_bytes, this.#deps));
    }
    if (this.settled) this.#deps.settled();
  }

  #send(batch: FittedBatch): void {
    const { clock, overdue, send } = this.#deps;
    this.#requested.sent(batch);
    this.#pace.sent(clock.monotonic());
    const cancelTimeout = afterWaiting(clock, this.#limits.answerTimeoutMs, overdue);
    this.#unanswered.set(batch.id, { ...batch, cancelTimeout });
    send(batch.frame);
  }

  /** Ends the request with this id; undefined when it is none of ours. */
  #close(id: RequestId | undefined): Request | undefined {
    const request = typeof id === 'number' ? this.#unanswered.get(id) : undefined;
    if (request === undefined) return undefined;
    request.cancelTimeout();
    this.#unanswered.delete(request.id);
    this.#schedule();
    return request;
  }

  #rejected(symbol: string, rejections: readonly Rejection[] = []): void {
    const rejection = rejections.find((candidate) => candidate.symbol === symbol);
    const code = rejection?.code ?? 'unavailable';
    const message = rejection?.message ?? `The hub did not answer for ${symbol}; it is asked again`;
    if (code === 'unavailable') this.#retryLater([symbol]);
    else if (code === 'symbol_limit') this.#requested.refusedForRoom(symbol);
    else this.#requested.refused(symbol);
    this.#deps.problem({ code, message, symbol });
  }

  #retryLater(symbols: readonly string[]): void {
    if (this.#retrying.size === 0)
      this.#cancelRetry = this.#deps.clock.after(this.#limits.retryAfterMs, () => {
        const due = [...this.#retrying];
        this.#retrying.clear();
        this.changed(due);
      });
    for (const symbol of symbols) {
      this.#requested.unserved(symbol);
      this.#retrying.add(symbol);
    }
  }

  #tellTakenAway(symbol: string, code: Exclude<UnsubscribeReason, 'delay_changed'>): void {
    const message = `The hub takes ${symbol} away: a new token does not cover it`;
    this.#deps.problem({ code, message, symbol });
  }

  #noRoom(symbol: string): void {
    const message = `The hub allows ${this.#hubLimits.symbols} symbols on one connection; ${symbol} waits until another is let go`;
    this.#deps.problem({ code: 'symbol_limit', message, symbol });
  }
}
