import { FanoutError, type FanoutErrorCode, type Publisher, type PublishOutcome } from '#fanout/ports.ts';
import type { Cancel, Clock } from '#feed-adapter/clock.ts';
import { notifyPublished, type PendingTick, venueNumbersOf } from '#feed-adapter/normalise/pending-tick.ts';
import { Backoff } from '#protocol/pacing/backoff.ts';
import { assertNever } from '#runtime/assert-never.ts';
import { BatchWindow, type SentBatch } from './batch-window.ts';
import type { PublishAnswer, PublishTrace } from './publish-trace.ts';
import { TickQueue } from './tick-queue.ts';

/** Where batches go, and under which fencing token. */
export interface PartitionPublisherDeps {
  readonly source: string;
  readonly token: number;
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly clock: Clock;
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
  readonly observer: PartitionPublisherObserver;
  readonly trace: PublishTrace;
  /** The partition; see `Publisher.groupOf`. */
  readonly group: number;
}

/** Who hears how batches fare. */
export interface PartitionPublisherObserver {
  /** So many ticks went from waiting to being published. */
  sent(ticks: number): void;
  /** A batch is known to be published, so long after it was first tried. */
  published(ticks: number, latencyMs: number): void;
  /** A batch's outcome is not known, for the first time; it is tried again and again. */
  failing(code: FanoutErrorCode): void;
  /** A batch that failed is tried again. */
  retried(): void;
  /** Batches get through again after `failing`. */
  recovered(): void;
  /** Someone else publishes for the source; the publisher has halted. */
  fenced(): void;
}

/** How large batches are, how many are under way, and how failed ones are tried again. */
export interface PartitionPublisherLimits {
  readonly batchTicksMax: number;
  /** Ticks of a batch while more than twice as many wait. At least `batchTicksMax`. */
  readonly backlogBatchTicksMax: number;
  /** Batches of one group that are sent before the first of them is answered. */
  readonly batchesUnderWayMax: number;
  /** How long an idle publisher waits for more ticks before it sends the first; 0 = not at all. */
  readonly lingerMs: number;
  readonly retryDelayMinMs: number;
  readonly retryDelayMaxMs: number;
}

/** How a batch is known to have happened. */
type HappenedOutcome = Extract<PublishOutcome, { outcome: 'published' | 'repeated' }>;

/**
 * Publishes one partition: ticks wait in order, and a few batches are in flight, so that Redis works on
 * one while the next is written. When the outcome of one is not known, nothing more is sent until all are
 * answered; then the oldest is sent again, unchanged, under the same number: it may have happened, and only
 * Redis can tell. Redis refuses a batch whose predecessor has not happened, so none overtakes another.
 */
export class PartitionPublisher {
  readonly #deps: PartitionPublisherDeps;
  readonly #limits: PartitionPublisherLimits;
  readonly queue = new TickQueue();
  readonly #window = new BatchWindow();
  /** Between tries of the oldest batch. */
  readonly #backoff: Backoff;
  /** Whether the observer was notified of a failure, and not yet of the recovery. */
  #failing = false;
  /** Calls off the linger or the retry, whichever is pending. */
  #cancel: Cancel | undefined;
  #halted = false;

  constructor(deps: PartitionPublisherDeps, limits: PartitionPublisherLimits) {
    this.#deps = deps;
    this.#limits = limits;
    const { retryDelayMinMs: firstMs, retryDelayMaxMs: maxMs } = limits;
    this.#backoff = new Backoff({ firstMs, maxMs, jitter: 0.5 }, deps);
  }

  /** The ticks whose outcome is not known. */
  get inFlight(): readonly PendingTick[] {
    return this.#window.ticks();
  }

  push(tick: PendingTick): void {
    this.queue.push(tick);
    const { batchTicksMax, lingerMs } = this.#limits;
    if (this.queue.size >= batchTicksMax || (lingerMs === 0 && this.#window.size === 0)) this.send();
    else if (this.#window.size === 0 && !this.#halted)
      this.#cancel ??= this.#deps.clock.after(lingerMs, () => this.send());
  }

  /**
   * Sends full batches while fewer than `batchesUnderWayMax` are in flight. A partial batch is sent only when
   * nothing is in flight; the rest follows later.
   */
  send(): void {
    if (this.#halted || this.#window.hasFailed) return;
    const { batchTicksMax, batchesUnderWayMax } = this.#limits;
    while (this.queue.size > 0 && this.#window.size < batchesUnderWayMax) {
      if (this.#window.size > 0 && this.queue.size < batchTicksMax) return;
      this.#callOff();
      const batch = this.#window.open(this.queue.take(this.#batchTicks()), this.#deps.clock.monotonic());
      this.#deps.observer.sent(batch.ticks.length);
      this.#try(batch);
    }
  }

  /**
   * A loop that is busy reading the venue gets the answers of Redis once per turn; with batches of one size
   * a backlog would then never shrink.
   */
  #batchTicks(): number {
    const { batchTicksMax, backlogBatchTicksMax } = this.#limits;
    return this.queue.size > 2 * backlogBatchTicksMax ? backlogBatchTicksMax : batchTicksMax;
  }

  /** Sends nothing more, and ignores the answers to what is in flight. */
  halt(): void {
    this.#halted = true;
    this.#callOff();
  }

  #try(batch: SentBatch): void {
    const { source, token, publisher } = this.#deps;
    const { number, ticks } = batch;
    batch.underWay = true;
    batch.tries++;
    const venueNumbers = venueNumbersOf(ticks);
    const numbered = venueNumbers === undefined ? {} : { venueNumbers };
    publisher.publish({ source, token, number, settled: this.#window.settled, ticks, ...numbered }).then(
      (outcome) => this.#answered(batch, outcome),
      (error: unknown) => this.#failed(batch, error),
    );
  }

  #answered(batch: SentBatch, outcome: PublishOutcome): void {
    if (this.#halted) return;
    switch (outcome.outcome) {
      case 'published':
      case 'repeated':
        this.#happened(batch, outcome);
        return;
      case 'early':
        this.#repeatLater(batch);
        return;
      case 'fenced':
        this.halt();
        this.#trace(batch, 'fenced');
        this.#deps.observer.fenced();
        return;
      default:
        assertNever(outcome);
    }
  }

  /** Redis applies a batch only after those before it, so they were applied, too, even if their answers were lost. */
  #happened(batch: SentBatch, outcome: HappenedOutcome): void {
    const { clock, observer } = this.#deps;
    const settled = this.#window.settle(batch);
    if (settled.length === 0) return; // settled by the answer to a later one
    this.#backoff.reset();
    if (this.#failing && !this.#window.hasFailed) {
      this.#failing = false;
      observer.recovered();
    }
    const now = clock.monotonic();
    const ownPositions = outcome.outcome === 'published' ? () => outcome.positions : () => undefined;
    for (const one of settled) {
      notifyPublished(one.ticks, one === batch ? ownPositions : () => undefined);
      observer.published(one.ticks.length, now - one.firstTriedAt);
    }
    this.#trace(batch, outcome.outcome);
    if (!this.#window.hasFailed) this.send();
    else if (!this.#window.isUnderWay) for (const failed of this.#window.all()) this.#repeat(failed);
  }

  #failed(batch: SentBatch, error: unknown): void {
    if (!(error instanceof FanoutError)) throw error; // a bug: ends the process, as nobody catches it
    if (this.#halted || !this.#window.has(batch)) return;
    if (!this.#failing) this.#deps.observer.failing(error.code);
    this.#failing = true;
    this.#repeatLater(batch);
  }

  /** Once all are answered, the oldest is tried again after a while; the others follow when it got through. */
  #repeatLater(batch: SentBatch): void {
    batch.underWay = false;
    const oldest = this.#window.oldest;
    if (oldest === undefined || this.#window.isUnderWay) return;
    this.#callOff();
    this.#cancel = this.#deps.clock.after(this.#backoff.next(), () => {
      this.#cancel = undefined;
      this.#repeat(oldest);
    });
  }

  #repeat(batch: SentBatch): void {
    this.#deps.observer.retried();
    this.#try(batch);
  }

  /** A batch whose answer was lost has no span of its own: the answer to a later one settles it. */
  #trace({ ticks, firstTriedAt, tries }: SentBatch, answer: PublishAnswer): void {
    const { clock, trace, group } = this.#deps;
    const now = clock.monotonic();
    if (!trace.wants(now, tries, answer)) return;
    trace.answered({ group, ticks: ticks.length, tries, answer, tookMs: now - firstTriedAt });
  }

  #callOff(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
