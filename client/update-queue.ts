import { mergeUpdates, type Update } from './update.ts';

/** How many updates wait for a slow consumer. */
export interface QueueLimits {
  /** Updates that wait for a slow consumer one by one; beyond, only the newest of each symbol waits. */
  readonly queueUpdatesMax: number;
}

/**
 * Updates that wait for their consumer. When more than the bound wait, those of each symbol become one that
 * covers them all; that goes on until the consumer has caught up. Never holds more than the bound or one
 * update per symbol, whichever is more, and never drops an update that nothing covers or tells of.
 */
export class UpdateQueue {
  readonly #limits: QueueLimits;
  #every: Update[] = [];
  /** The newest of each symbol; undefined while the consumer keeps up. */
  #newest: Map<string, Update> | undefined;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  push(update: Update): void {
    if (this.#newest !== undefined) {
      conflate(this.#newest, update);
      return;
    }
    this.#every.push(update);
    if (this.#every.length > this.#limits.queueUpdatesMax) this.#conflateAll();
  }

  /** The update that has waited longest; undefined when none waits. */
  shift(): Update | undefined {
    if (this.#newest === undefined) return this.#every.shift();
    const [first] = this.#newest.values();
    if (first !== undefined) this.#newest.delete(first.symbol);
    if (this.#newest.size === 0) this.#newest = undefined;
    return first;
  }

  clear(): void {
    this.#every = [];
    this.#newest = undefined;
  }

  #conflateAll(): void {
    const newest = new Map<string, Update>();
    for (const update of this.#every) conflate(newest, update);
    this.#every = [];
    this.#newest = newest;
  }
}

/** A symbol keeps its place in the line, so that a busy one can not hold back the others. */
function conflate(newest: Map<string, Update>, update: Update): void {
  const older = newest.get(update.symbol);
  newest.set(update.symbol, older === undefined ? update : mergeUpdates(older, update));
}
