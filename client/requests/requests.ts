import { afterWaiting, type Clock } from '#client/clock.ts';
import type { ClientProblem } from '#client/events.ts';
import type { AnswerOutcome } from '#client/positions.ts';
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
import { Backoff } from '#protocol/pacing/backoff.ts';
import type { Position } from '#protocol/position.ts';
import { type MessageBudget, requestCostMost } from './message-budget.ts';
import { byteLength, type FittedBatch, fitBatch } from './request-batch.ts';
import { type Desires, RequestedSymbols } from './requested-symbols.ts';

/** How long requests are, how many wait, and for how long. */
export interface RequestLimits {
  /** Symbols in one message to the hub. */
  readonly requestSymbolsMax: number;
  /** Messages that may wait for the hub's answer; what is wanted meanwhile gathers for the next one. */
  readonly requestsUnansweredMax: number;
  /** A request without an answer for so long ends the connection. */
  readonly answerTimeoutMs: number;
  /** Before what the hub could not serve just now is asked for again; at most so long before what came too fast is, more when that goes on. */
  readonly retryAfterMs: number;
}

/** How requests are sent and paced over one connection. */
export interface RequestsDeps {
  readonly codec: Codec;
  readonly clock: Clock;
  /** 0 … 1 */
  readonly random: () => number;
  /** Of this connection. */
  readonly budget: MessageBudget;
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

/** Asks the hub, over one connection, for what is wanted: in few messages, within the budget and the limits that it allows. */
export class Requests {
  readonly #deps: RequestsDeps;
  readonly #hubLimits: Limits;
  readonly #limits: RequestLimits;
  readonly #requested: RequestedSymbols;
  /** By id; at most `requestsUnansweredMax`. */
  readonly #unanswered = new Map<number, Request>();
  /** Symbols that are asked for again after `retryAfterMs`. */
  readonly #retrying = new Set<string>();
  #lastId = 0;
  #scheduled = false;
  #stopped = false;
  #cancelWait = (): void => undefined;
  #cancelRetry = (): void => undefined;
  /** While the hub refuses what comes, nothing is sent. */
  #backingOff = false;
  /** Begins anew with an answer. */
  readonly #backoff: Backoff;
  #cancelBackOff = (): void => undefined;

  constructor(deps: RequestsDeps, hubLimits: Limits, limits: RequestLimits) {
    this.#deps = deps;
    this.#hubLimits = hubLimits;
    this.#limits = limits;
    this.#requested = new RequestedSymbols(deps.desires, hubLimits.symbols);
    const waits = { firstMs: limits.retryAfterMs, maxMs: limits.answerTimeoutMs, jitter: 0.5 };
    this.#backoff = new Backoff(waits, deps);
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
    const served = Object.keys(message.symbols);
    if (request === undefined) this.#requested.answeredBefore(served, true);
    else this.#deps.budget.served(served.length);
    for (const symbol of request?.symbols ?? []) {
      const answer = Object.hasOwn(message.symbols, symbol) ? message.symbols[symbol] : undefined;
      if (answer === undefined) this.#rejected(symbol, message.rejected);
      else if (this.#requested.granted(symbol)) {
        const outcome = this.#deps.answered(symbol, answer, request?.since.get(symbol));
        if (outcome === 'again') this.#requested.notTaken(symbol);
      }
    }
  }

  /** With a reason, it was not asked for; what only has another delay now is asked for again. */
  unsubscribed(message: UnsubscribedMessage): void {
    const request = this.#close(message.id);
    for (const symbol of request?.symbols ?? []) this.#requested.granted(symbol);
    if (request !== undefined) this.#deps.budget.served(message.symbols.length);
    else if (message.reason === undefined) this.#requested.answeredBefore(message.symbols, false);
    if (message.reason === undefined) return;
    for (const symbol of message.symbols) this.#requested.takenAway(symbol);
    this.#schedule(); // what waited has room now
    if (message.reason === 'delay_changed')
      this.changed(message.symbols); // the answer says how what is held goes on: mostly by a reset
    else for (const symbol of message.symbols) this.#reportTakenAway(symbol, message.reason);
  }

  /**
   * An `error` of the hub. One that names a symbol repeats what `rejected` of the answer said. `rate_limited` names
   * no request, because the hub has not read it: each one that is unanswered may be meant.
   */
  refused({ id, code, message, symbol }: ErrorMessage): void {
    if (id !== undefined && symbol !== undefined) return;
    const request = this.#close(id);
    if (request !== undefined) this.#retryLater(request.symbols);
    else if (id === undefined && code === 'rate_limited') this.#backOff();
    this.#deps.problem({ code, message, ...(symbol !== undefined && { symbol }) });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelWait();
    this.#cancelRetry();
    this.#cancelBackOff();
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
    this.#cancelWait();
    if (this.#backingOff) return;
    while (this.#unanswered.size < this.#limits.requestsUnansweredMax) {
      const batch = this.#requested.nextBatch(this.#limits.requestSymbolsMax, (symbol) =>
        this.#noRoom(symbol),
      );
      if (batch === undefined) break;
      const fitted = fitBatch(batch, this.#lastId + 1, this.#hubLimits.message_bytes, this.#deps);
      const cost = requestCostMost(byteLength(fitted.frame), fitted.symbols.length);
      const waitMs = this.#deps.budget.waitMs(cost, this.#deps.clock.monotonic());
      if (waitMs > 0) {
        this.#cancelWait = this.#deps.clock.after(waitMs, () => this.#flush());
        return;
      }
      this.#send(fitted, cost);
    }
    if (this.settled) this.#deps.settled();
  }

  #send(batch: FittedBatch, cost: number): void {
    const { clock, budget, overdue, send } = this.#deps;
    this.#lastId = batch.id;
    this.#requested.sent(batch);
    budget.charge(cost, clock.monotonic());
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
    this.#backoff.reset();
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

  /** Longer each time, and by chance, so that clients that were refused together do not come back together. */
  #backOff(): void {
    if (this.#backingOff || this.#unanswered.size === 0) return;
    this.#backingOff = true;
    for (const { cancelTimeout } of this.#unanswered.values()) cancelTimeout();
    this.#cancelBackOff = this.#deps.clock.after(this.#backoff.next(), () => this.#repeatUnanswered());
  }

  /** An answer to the first one may still come: the hub works in order, so the answer to the new one decides. */
  #repeatUnanswered(): void {
    this.#backingOff = false;
    const symbols = [...this.#unanswered.values()].flatMap((request) => request.symbols);
    this.#unanswered.clear();
    for (const symbol of symbols) this.#requested.unserved(symbol);
    this.#requested.changed(symbols);
    this.#flush();
  }

  #reportTakenAway(symbol: string, code: Exclude<UnsubscribeReason, 'delay_changed'>): void {
    const message = `The hub takes ${symbol} away: a new token does not cover it`;
    this.#deps.problem({ code, message, symbol });
  }

  #noRoom(symbol: string): void {
    const message = `The hub allows ${this.#hubLimits.symbols} symbols on one connection; ${symbol} waits until another is let go`;
    this.#deps.problem({ code: 'symbol_limit', message, symbol });
  }
}
