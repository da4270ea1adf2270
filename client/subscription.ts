import { callSafely } from './listeners.ts';
import type { Update } from './update.ts';
import { type QueueLimits, UpdateQueue } from './update-queue.ts';

/** The end of a client that its hub does not want back; thrown into loops over its subscriptions. */
export class ClientStoppedError extends Error {
  override readonly name = 'ClientStoppedError';
}

/** What one subscription holds, and how it lets go of it. */
export interface SubscriptionDeps {
  readonly symbols: ReadonlySet<string>;
  readonly frequency: number;
  /** Called for every update, at once. */
  readonly onUpdate: ((update: Update) => void) | undefined;
  readonly isStale: (symbol: string) => boolean;
  /** Lets go of the symbols. */
  readonly release: (subscription: Subscription) => void;
}

type Next = IteratorResult<Update, undefined>;

interface Waiting {
  readonly resolve: (next: Next) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Updates of some symbols, to be read by `for await` or by the callback that `subscribe` was given. A loop that reads too
 * slowly gets updates that cover several (`from` … `seq`). Leaving the loop closes the subscription.
 */
export class Subscription implements AsyncIterable<Update> {
  readonly symbols: ReadonlySet<string>;
  /** Milliseconds between updates of a symbol; 0 = every one. Less, when another subscription wants them faster. */
  readonly frequency: number;
  readonly #deps: SubscriptionDeps;
  readonly #queue: UpdateQueue;
  /** Calls of `next` that wait for an update; there are none while updates wait. */
  readonly #waiting: Waiting[] = [];
  /** With a callback, updates wait for a loop only once there is one. */
  #queueing: boolean;
  #closed = false;
  #failure: Error | undefined;

  constructor(deps: SubscriptionDeps, limits: QueueLimits) {
    this.symbols = deps.symbols;
    this.frequency = deps.frequency;
    this.#deps = deps;
    this.#queue = new UpdateQueue(limits);
    this.#queueing = deps.onUpdate === undefined;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Those of the symbols whose prices stand still just now, though the market may not. */
  get stale(): ReadonlySet<string> {
    return new Set([...this.symbols].filter((symbol) => this.#deps.isStale(symbol)));
  }

  /** Called by the client for each update. */
  take(update: Update): void {
    if (this.#closed) return;
    if (this.#deps.onUpdate !== undefined) callSafely(this.#deps.onUpdate, update);
    if (!this.#queueing || this.#closed) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#queue.push(update);
    else waiting.resolve({ done: false, value: update });
  }

  /** Lets go of the symbols; a loop over the subscription ends, without what still waits for it. */
  close(): void {
    if (!this.#closed) this.#end();
  }

  /** Called by the client when it was stopped: a loop gets what waits for it, then the error. */
  fail(failure: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#failure = failure;
    for (const { reject } of this.#waiting.splice(0)) {
      reject(failure);
      this.#failure = undefined; // thrown once, then the loop is over
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<Update, undefined> {
    this.#queueing = true;
    return {
      next: () => this.#next(),
      return: () => {
        this.close();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  #next(): Promise<Next> {
    const update = this.#queue.shift();
    if (update !== undefined) return Promise.resolve({ done: false, value: update });
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) return Promise.reject(failure);
    if (this.#closed) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #end(): void {
    this.#closed = true;
    this.#queue.clear();
    this.#deps.release(this);
    for (const { resolve } of this.#waiting.splice(0)) resolve({ done: true, value: undefined });
  }
}
