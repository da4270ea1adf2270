import type { Cancel, Clock } from '#feed-adapter/clock.ts';
import { Backoff } from '#protocol/pacing/backoff.ts';
import type { VenueDeps } from './conversation.ts';
import type { Answer } from './http-request.ts';
import type { RequestRate } from './request-rate.ts';

/** Asks one question over and over, one at a time. */
export class Poller {
  /** Asks once and deals with the answer. Must not reject. */
  readonly #ask: () => Promise<Answer>;
  readonly #rate: RequestRate;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #holdBackMaxMs: number;
  readonly #backoff: Backoff;
  #cancel: Cancel = () => undefined;
  /** The request under way. */
  #asking: Promise<void> | undefined;
  #stopped = false;

  constructor(
    ask: () => Promise<Answer>,
    rate: RequestRate,
    deps: VenueDeps,
    limits: { readonly intervalMs: number; readonly backoffMaxMs: number },
  ) {
    this.#ask = ask;
    this.#rate = rate;
    this.#clock = deps.clock;
    this.#intervalMs = limits.intervalMs;
    this.#holdBackMaxMs = limits.backoffMaxMs;
    this.#backoff = new Backoff({ firstMs: limits.intervalMs, maxMs: limits.backoffMaxMs }, deps);
  }

  /** The first question is asked after `delayMs`. */
  start(delayMs: number): void {
    this.#cancel = this.#clock.after(delayMs, () => this.#whenFree());
  }

  /** Resolves when no request is under way any more; aborting it is the caller's part. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#asking;
  }

  #whenFree(): void {
    const waitMs = this.#rate.take();
    if (waitMs <= 0) this.#poll();
    else this.#cancel = this.#clock.after(waitMs, () => this.#poll());
  }

  #poll(): void {
    const startedAt = this.#clock.monotonic();
    this.#asking = this.#ask().then((answer) => {
      this.#asking = undefined;
      if (this.#stopped) return;
      const tookMs = this.#clock.monotonic() - startedAt;
      this.start(Math.max(0, this.#intervalMs - tookMs) + this.#penaltyMs(answer));
    });
  }

  /** A source that asks for patience gets it from all questions; other errors slow down this one only. */
  #penaltyMs(answer: Answer): number {
    if (answer.outcome === 'json') {
      this.#backoff.reset();
      return 0;
    }
    if (answer.outcome === 'failed' && answer.retryAfterMs !== undefined)
      this.#rate.holdBack(Math.min(answer.retryAfterMs, this.#holdBackMaxMs));
    return this.#backoff.next();
  }
}
