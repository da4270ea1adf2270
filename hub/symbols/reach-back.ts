import type { HistoryEntry } from '#fanout/ports.ts';
import type { Position } from '#protocol/position.ts';
import { type HistoryRead, noRead, sumOfReads } from './history-read.ts';
import type { ReplayWindow } from './replay-window.ts';

/**
 * A page of the history before `position`, newest first; empty where there is no more, undefined where it can not be
 * read.
 */
type ReadBefore = (position: Position) => Promise<readonly HistoryEntry[] | undefined>;

/** Reads what is older than a log holds, once for all who ask. */
export class ReachBack {
  readonly #log: ReplayWindow;
  readonly #before: ReadBefore;
  #reaching: Promise<HistoryRead> | undefined;
  #reachTo = Number.POSITIVE_INFINITY;

  constructor(log: ReplayWindow, before: ReadBefore) {
    this.#log = log;
    this.#before = before;
  }

  get underWay(): boolean {
    return this.#reaching !== undefined;
  }

  /** Afterwards `log.first <= seq`, or `log.floor` says why not. Returns what was read. */
  async to(seq: number): Promise<HistoryRead> {
    this.#reachTo = Math.min(this.#reachTo, seq);
    this.#reaching ??= this.#readBack().finally(() => {
      this.#reaching = undefined;
      this.#reachTo = Number.POSITIVE_INFINITY;
    });
    const read = await this.#reaching;
    const isThere = this.#log.first <= seq || this.#log.floor !== undefined;
    return isThere ? read : sumOfReads(read, await this.to(seq));
  }

  async #readBack(): Promise<HistoryRead> {
    const log = this.#log;
    let read = noRead;
    while (log.first > this.#reachTo && log.floor === undefined) {
      const { epoch, first } = log;
      const page = await this.#before({ epoch, seq: first });
      read = sumOfReads(read, { pages: 1, entries: page?.length ?? 0 });
      if (log.epoch !== epoch || log.first !== first) continue; // began again meanwhile
      if (page === undefined) log.cannotReachBack();
      else if (page.length === 0) log.endsHere();
      else log.prepend(page);
    }
    return read;
  }
}
