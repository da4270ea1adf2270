import type { Clock } from '#feed-adapter/clock.ts';

/** How many ticks of a publish queue wait, and how many are in flight; knows when nothing is left. */
export class QueueCounts {
  /** Ticks that wait to be sent. */
  waiting = 0;
  /** Ticks that were sent and are not known to be published. */
  #inFlight = 0;
  #onEmpty: (() => void) | undefined;

  get isEmpty(): boolean {
    return this.waiting + this.#inFlight === 0;
  }

  sent(ticks: number): void {
    this.waiting -= ticks;
    this.#inFlight += ticks;
  }

  published(ticks: number): void {
    this.#inFlight -= ticks;
  }

  /** Nothing is left any more. */
  clear(): void {
    this.waiting = 0;
    this.#inFlight = 0;
  }

  /** Resolves at `release`, or after `deadlineMs`. Called once at a time. */
  untilEmpty(clock: Pick<Clock, 'after'>, deadlineMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(deadlineMs, resolve);
      this.#onEmpty = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Ends the wait for an empty queue: nothing is left, or nothing more will be sent. */
  release(): void {
    this.#onEmpty?.();
  }
}
