import type { Receipt } from '#feed-adapter/normalise/pending-tick.ts';
import type { Position } from '#protocol/position.ts';
import type { PushOutcome } from './push-venue.ts';

/** A pushed tick on its way to Redis. */
export class AwaitedTick implements Receipt {
  #outcome: PushOutcome = { state: 'waiting' };
  #settle: () => void = () => undefined;
  /** Resolves when it is known what became of it. */
  readonly settled: Promise<void> = new Promise((resolve) => {
    this.#settle = resolve;
  });

  /** As far as it is known. */
  get outcome(): PushOutcome {
    return this.#outcome;
  }

  published(position: Position | undefined): void {
    this.#end({ state: 'published', ...(position !== undefined && { position }) });
  }

  abandoned(): void {
    this.#end({ state: 'rejected', code: 'not_published' });
  }

  #end(outcome: PushOutcome): void {
    this.#outcome = outcome;
    this.#settle();
  }
}
