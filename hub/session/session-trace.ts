import type { TraceContext } from '#runtime/tracing/trace-context.ts';
import type { Span, Tracer } from '#runtime/tracing/tracer.ts';

/** How a replay ended: its client has all, was too slow for it, or is gone. */
export type ReplayEnd = 'caught_up' | 'slow' | 'closed';

/**
 * What one connection does, as spans within that of its upgrade. Sessions have one only when their connection is
 * recorded, so nothing is kept, and nothing asked, of the others.
 */
export class SessionTrace {
  readonly #tracer: Tracer;
  readonly #connection: TraceContext;
  /** The subscribe that is being answered: the replays that it begins are its doing. */
  #cause: TraceContext | undefined;
  #replay: Span | undefined;
  #replayed = 0;

  constructor(tracer: Tracer, connection: TraceContext) {
    this.#tracer = tracer;
    this.#connection = connection;
  }

  begin(name: string, parent: TraceContext = this.#connection): Span {
    return this.#tracer.start(name, { parent });
  }

  /** Replays that begin within `work` belong to `cause`. */
  causing(cause: TraceContext, work: () => void): void {
    this.#cause = cause;
    work();
    this.#cause = undefined;
  }

  /** The session is behind on some symbol; nothing happens when it was already. */
  replayBegins(): void {
    this.#replay ??= this.begin('replay', this.#cause);
  }

  replayed(updates: number): void {
    this.#replayed += updates;
  }

  /** Nothing happens when none is under way. */
  replayEnds(end: ReplayEnd): void {
    this.#replay?.end({ 'tickwire.updates': this.#replayed, 'tickwire.outcome': end });
    this.#replay = undefined;
    this.#replayed = 0;
  }
}
