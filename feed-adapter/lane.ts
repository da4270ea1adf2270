import {
  type Batch,
  FanoutError,
  type FanoutErrorCode,
  type Publisher,
  type PublishOutcome,
} from '#fanout/ports.ts';
import type { Tick } from '#protocol/tick.ts';
import { assertNever } from '#runtime/assert-never.ts';
import type { Cancel, Clock } from './clock.ts';
import { TickQueue } from './tick-queue.ts';

export interface LaneDeps {
  readonly source: string;
  readonly token: number;
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly clock: Clock;
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
  readonly observer: LaneObserver;
}

export interface LaneObserver {
  /** So many ticks went from waiting to being published. */
  sent(ticks: number): void;
  /** A batch is known to be published, so long after it was first tried. */
  published(ticks: number, latencyMs: number): void;
  /** A batch's outcome is not known, for the first time; it is tried again and again. */
  failing(code: FanoutErrorCode): void;
  /** A batch that failed is tried again. */
  retried(): void;
  /** A batch that failed is known to be published. */
  recovered(): void;
  /** Someone else publishes for the source; the lane has halted. */
  fenced(): void;
}

export interface LaneLimits {
  readonly batchTicksMax: number;
  /** Ticks of a batch while more than twice as many wait. At least `batchTicksMax`. */
  readonly backlogBatchTicksMax: number;
  /** How long an idle lane waits for more ticks before it sends the first; 0 = not at all. */
  readonly lingerMs: number;
  readonly retryDelayMinMs: number;
  readonly retryDelayMaxMs: number;
}

/**
 * One group's way to Redis: ticks wait in order, and one batch is on the way at a time. A batch whose
 * outcome is not known is sent again unchanged, under the same number, before anything else: it may
 * have happened, and only Redis can tell.
 */
export class Lane {
  readonly #deps: LaneDeps;
  readonly #limits: LaneLimits;
  readonly queue = new TickQueue();
  #batch: Batch | undefined;
  #number = 0;
  #firstTriedAt = 0;
  #failures = 0;
  /** Calls off the linger or the retry, whichever is pending. */
  #cancel: Cancel | undefined;
  #halted = false;

  constructor(deps: LaneDeps, limits: LaneLimits) {
    this.#deps = deps;
    this.#limits = limits;
  }

  /** The ticks whose outcome is not known. */
  get inFlight(): readonly Tick[] {
    return this.#batch?.ticks ?? [];
  }

  push(tick: Tick): void {
    this.queue.push(tick);
    if (this.#batch !== undefined) return;
    if (this.queue.size >= this.#limits.batchTicksMax || this.#limits.lingerMs === 0) this.send();
    else this.#cancel ??= this.#deps.clock.after(this.#limits.lingerMs, () => this.send());
  }

  /** Sends what waits now, unless a batch is on the way; what is left follows after it. */
  send(): void {
    if (this.#batch !== undefined || this.#halted || this.queue.size === 0) return;
    this.#callOff();
    const { source, token, clock, observer } = this.#deps;
    const ticks = this.queue.take(this.#batchTicks());
    this.#batch = { source, token, number: ++this.#number, ticks };
    this.#firstTriedAt = clock.monotonic();
    this.#failures = 0;
    observer.sent(ticks.length);
    this.#try(this.#batch);
  }

  /**
   * A loop that is busy reading the venue gets one answer of Redis per turn; with batches of one size
   * a backlog would then never shrink.
   */
  #batchTicks(): number {
    const { batchTicksMax, backlogBatchTicksMax } = this.#limits;
    return this.queue.size > 2 * backlogBatchTicksMax ? backlogBatchTicksMax : batchTicksMax;
  }

  /** Sends nothing more, and ignores the answer to what is on the way. */
  halt(): void {
    this.#halted = true;
    this.#callOff();
  }

  #try(batch: Batch): void {
    this.#deps.publisher.publish(batch).then(
      (outcome) => this.#answered(batch, outcome),
      (error: unknown) => this.#failed(batch, error),
    );
  }

  #answered(batch: Batch, outcome: PublishOutcome): void {
    if (this.#halted) return;
    const { clock, observer } = this.#deps;
    switch (outcome.outcome) {
      case 'published':
      case 'repeated':
        this.#batch = undefined;
        if (this.#failures > 0) observer.recovered();
        observer.published(batch.ticks.length, clock.monotonic() - this.#firstTriedAt);
        this.send();
        return;
      case 'fenced':
        this.halt();
        observer.fenced();
        return;
      default:
        assertNever(outcome);
    }
  }

  #failed(batch: Batch, error: unknown): void {
    if (!(error instanceof FanoutError)) throw error; // a bug: ends the process, as nobody catches it
    if (this.#halted) return;
    if (this.#failures === 0) this.#deps.observer.failing(error.code);
    const { retryDelayMinMs, retryDelayMaxMs } = this.#limits;
    const delayMs = Math.min(retryDelayMaxMs, retryDelayMinMs * 2 ** this.#failures++);
    const jitteredMs = delayMs * (0.5 + this.#deps.random() / 2);
    this.#cancel = this.#deps.clock.after(jitteredMs, () => {
      this.#cancel = undefined;
      this.#deps.observer.retried();
      this.#try(batch);
    });
  }

  #callOff(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
