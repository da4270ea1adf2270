import type { Clock } from './clock.ts';

interface Timer {
  readonly at: number;
  readonly task: () => void;
}

/** A clock for tests: it stands still until told to go on. */
export class FakeClock implements Clock {
  #elapsedMs = 0;
  readonly #startedAt: number;
  #timers: Timer[] = [];

  /** @param startedAt Unix ms of its first moment */
  constructor(startedAt = 1_731_000_000_000) {
    this.#startedAt = startedAt;
  }

  now(): number {
    return this.#startedAt + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { at: this.#elapsedMs + delayMs, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** How many tasks wait for their time: 0 means that nothing was left behind. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Goes on by `ms`, runs each due task at its own time, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsedMs + ms;
    await settled();
    for (let timer = this.#next(until); timer !== undefined; timer = this.#next(until)) {
      const due = timer;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#elapsedMs = Math.max(this.#elapsedMs, due.at);
      due.task();
      await settled();
    }
    this.#elapsedMs = until;
  }

  #next(until: number): Timer | undefined {
    const due = this.#timers.filter((timer) => timer.at <= until);
    return due.reduce<Timer | undefined>((a, b) => (a === undefined || b.at < a.at ? b : a), undefined);
  }
}

/** One turn of the event loop: every promise that can settle without time passing has. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
