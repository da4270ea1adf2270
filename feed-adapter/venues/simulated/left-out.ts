import type { VenueSink } from '#feed-adapter/venues/venue.ts';

/** A problem is reported at most this often, and cleared when nothing was left out for so long. */
const reportMs = 1000;

/** Reports the trading that was left out because the process was held up. */
export class LeftOut {
  #ms = 0;
  /** Monotonic ms of the last report; undefined while there is no problem. */
  #reportedAt: number | undefined;

  add(ms: number): void {
    this.#ms += ms;
  }

  /** @param now monotonic ms */
  report(sink: VenueSink, now: number): void {
    if (this.#reportedAt !== undefined && now - this.#reportedAt < reportMs) return;
    if (this.#ms > 0) {
      sink.state('live', `the process was held up: ${Math.round(this.#ms)} ms of trading left out`);
      this.#reportedAt = now;
      this.#ms = 0;
    } else if (this.#reportedAt !== undefined) {
      sink.state('live');
      this.#reportedAt = undefined;
    }
  }
}
