import type { NormaliserRejection } from '#feed-adapter/normalise/normaliser.ts';
import type { Receipt } from '#feed-adapter/normalise/pending-tick.ts';
import type { Position } from '#protocol/position.ts';

/** What became of a pushed tick. */
export type PushOutcome =
  /** It is in Redis; without `position` where Redis' answer was lost. */
  | { readonly state: 'published'; readonly position?: Position }
  | { readonly state: 'waiting' }
  | { readonly state: 'rejected'; readonly code: NormaliserRejection | 'closed' | 'not_published' };

/** A pushed tick whose outcome is awaited. */
export class AwaitedTick implements Receipt {
  #outcome: PushOutcome = { state: 'waiting' };
  #settle: () => void = () => undefined;
  /** Resolves when the outcome is known. */
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
