/**
 * Reads what came after the newest tick of a feed, for somebody who has more than that: another hub may have sent what
 * is still on its way to this one. One read for all who ask at the same time.
 */
export class ReachAhead {
  readonly #look: () => Promise<void>;
  #looking: Promise<void> | undefined;

  /** @param look reads and applies what there is */
  constructor(look: () => Promise<void>) {
    this.#look = look;
  }

  /** @param isAhead whether somebody still has more than the feed */
  async until(isAhead: () => boolean): Promise<void> {
    await this.#looking; // it may have been answered before what is looked for was published
    if (!isAhead()) return;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }
}
