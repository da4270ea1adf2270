import type { Cancel, Clock } from '#feed-adapter/clock.ts';
import { chunksOf } from '#feed-adapter/venues/transport/chunks.ts';
import type { Link } from '#feed-adapter/venues/transport/conversation.ts';

/** Streams named in one message: 200 of 30 characters are 7 KB. */
const streamsPerMessageMax = 200;

/**
 * Binance hangs up on more than 5 messages in a second, and ping and pong frames count too: 300 ms
 * between two of ours leave room for those.
 */
const messageSpacingMs = 300;

/** Subscribes one connection to its streams, message by message, each acknowledged before the next. */
export class Subscriber {
  readonly #parts: readonly (readonly string[])[];
  readonly #link: Link;
  readonly #clock: Clock;
  /** Parts acknowledged; the id of the message under way is one more. */
  #acknowledged = 0;
  #cancel: Cancel = () => undefined;

  constructor(streams: readonly string[], link: Link, clock: Clock) {
    this.#parts = chunksOf(streams, streamsPerMessageMax);
    this.#link = link;
    this.#clock = clock;
  }

  start(): void {
    const part = this.#parts[this.#acknowledged];
    if (part !== undefined)
      this.#link.send({ method: 'SUBSCRIBE', params: part, id: this.#acknowledged + 1 });
  }

  /** Whether every stream is acknowledged. */
  get done(): boolean {
    return this.#acknowledged === this.#parts.length;
  }

  /** The venue has answered the message `id`. Answers to anything else are ignored. */
  answered(id: unknown): void {
    if (this.done || id !== this.#acknowledged + 1) return;
    this.#acknowledged++;
    if (this.done) this.#link.live();
    else this.#cancel = this.#clock.after(messageSpacingMs, () => this.start());
  }

  stop(): void {
    this.#cancel();
  }
}
