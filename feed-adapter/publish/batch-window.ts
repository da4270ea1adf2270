import type { PendingTick } from '#feed-adapter/normalise/pending-tick.ts';

/** A batch that was sent and of which it is not known whether Redis applied it. */
export interface SentBatch {
  readonly number: number;
  readonly ticks: readonly PendingTick[];
  /** Monotonic ms. */
  readonly firstTriedAt: number;
  /** Whether an answer to it is still awaited; if not, it failed and has to be sent again. */
  underWay: boolean;
  /** How often it was sent. */
  tries: number;
}

const none: readonly SentBatch[] = [];

/** The batches of one partition whose outcome is not known, oldest first, numbered 1, 2, 3 … */
export class BatchWindow {
  #batches: SentBatch[] = [];
  #lastNumber = 0;

  get size(): number {
    return this.#batches.length;
  }

  get oldest(): SentBatch | undefined {
    return this.#batches[0];
  }

  /** Number of the last batch that Redis is known to have applied, with all before it; 0 before the first. */
  get settled(): number {
    return this.#lastNumber - this.#batches.length;
  }

  get isUnderWay(): boolean {
    return this.#batches.some((batch) => batch.underWay);
  }

  get hasFailed(): boolean {
    return this.#batches.some((batch) => !batch.underWay);
  }

  has(batch: SentBatch): boolean {
    return this.#batches.includes(batch);
  }

  all(): readonly SentBatch[] {
    return [...this.#batches];
  }

  ticks(): readonly PendingTick[] {
    return this.#batches.flatMap(({ ticks }) => ticks);
  }

  /** The next batch; it is about to be sent. */
  open(ticks: readonly PendingTick[], now: number): SentBatch {
    const batch = { number: ++this.#lastNumber, ticks, firstTriedAt: now, underWay: true, tries: 0 };
    this.#batches.push(batch);
    return batch;
  }

  /** Redis has applied `batch` and those before it. Returns those of which that was not known. */
  settle(batch: SentBatch): readonly SentBatch[] {
    const at = this.#batches.indexOf(batch);
    return at < 0 ? none : this.#batches.splice(0, at + 1);
  }
}
