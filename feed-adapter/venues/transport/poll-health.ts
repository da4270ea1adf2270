import type { VenueSink, VenueState } from '#feed-adapter/venues/venue.ts';
import type { Answer } from './http-request.ts';

/** Derives the state of a source from all of its requests; reports changes only. */
export class PollHealth {
  readonly #targets: number;
  readonly #sink: Pick<VenueSink, 'state'>;
  /** Targets whose last request failed, with what was wrong. */
  readonly #problems = new Map<number, string>();
  #everAnswered = false;
  #told = '';

  constructor(targets: number, sink: Pick<VenueSink, 'state'>) {
    this.#targets = targets;
    this.#sink = sink;
  }

  /** Target number `target` was asked, and this came of it. */
  polled(target: number, answer: Answer): void {
    const problem = problemOf(answer);
    if (problem === undefined) this.#everAnswered = true;
    if (problem === undefined) this.#problems.delete(target);
    else this.#problems.set(target, problem);
    this.#report(problem ?? this.#problems.values().next().value);
  }

  /** Live as long as one request is answered. */
  #report(problem: string | undefined): void {
    const failing = this.#problems.size;
    const allFail = failing === this.#targets;
    const state: VenueState = allFail || !this.#everAnswered ? this.#downState() : 'live';
    const text =
      problem === undefined ? undefined : `${failing} of ${this.#targets} requests fail: ${problem}`;
    if (this.#told === `${state} ${text}`) return;
    this.#told = `${state} ${text}`;
    if (text === undefined) this.#sink.state(state);
    else this.#sink.state(state, text);
  }

  #downState(): VenueState {
    return this.#everAnswered ? 'stale' : 'connecting';
  }
}

function problemOf(answer: Answer): string | undefined {
  if (answer.outcome === 'json') return undefined;
  return answer.outcome === 'failed' ? answer.problem : 'the answer is not JSON';
}
