import { judgeCoverage } from '#protocol/coverage.ts';
import type { PriceUpdate, ResetReason, SubscribedSymbol } from '#protocol/messages.ts';
import { type Position, parsePosition } from '#protocol/position.ts';
import type { Update } from './update.ts';

/** What is held of one symbol. */
interface Held {
  /** Number of the connection whose messages are taken; undefined while a hole waits for the answer that fills it. */
  connection: number | undefined;
  /** Number of the connection before, while it goes on beside `connection`: what it brings joins on as well. */
  retiring: number | undefined;
  /** What `connection` has to bring before it can do without the other; undefined: it has. */
  goal: number | undefined;
  /** Everything up to here was handed over; undefined while the symbol has no update yet. */
  position: Position | undefined;
  /** The price at `position` has not come yet. */
  snapshotDue: boolean;
  /** Marks the next update. */
  reset: ResetReason | undefined;
}

/** What becomes of an update: handed over, or not and why. */
export type Taken = Update | 'duplicate' | 'gap' | 'not_ours';

/**
 * What becomes of the answer to a subscribe. `again`: the answer was overtaken by what came over another
 * connection meanwhile, so ask once more with the position that is held now. `begun_unseen`: taken, but the
 * symbol's first updates fell into a time without connection, which the user must be told.
 */
export type AnswerOutcome = 'taken' | 'again' | 'begun_unseen';

/**
 * The positions that a client holds, across its connections. The newest connection that has answered for a symbol
 * counts; the updates of the one before it are taken too, while both go on: each of them leaves nothing out after a
 * position that is held, so whichever is first brings the next one, and the other a duplicate. So a hub that makes
 * newcomers wait for what they missed does not make prices stand still.
 */
export class Positions {
  readonly #held = new Map<string, Held>();

  /** The position to resume after; undefined when a first answer is wanted. */
  since(symbol: string): Position | undefined {
    const held = this.#held.get(symbol);
    return held?.snapshotDue ? undefined : held?.position;
  }

  /** The hub's answer for one symbol, which was asked with `since`, came over `connection`. */
  answered(
    symbol: string,
    answer: SubscribedSymbol,
    since: Position | undefined,
    connection: number,
  ): AnswerOutcome {
    const held = this.#held.get(symbol);
    const now = this.since(symbol);
    if (held?.connection !== undefined && connection < held.connection) return 'taken'; // the newer connection has it already
    if (now?.epoch !== since?.epoch) return 'again';
    const position = parsePosition(answer.position);
    if (since !== undefined && held !== undefined) {
      if (held.connection !== connection) held.retiring = held.connection;
      held.connection = connection;
      const hasAll = answer.recovered === true && (position?.seq ?? 0) <= since.seq;
      held.goal = hasAll ? undefined : position?.seq;
      return 'taken'; // recovered: the missed updates follow; else a reset follows
    }
    const unseen = held !== undefined && held.position === undefined && position !== undefined;
    const reset = unseen ? 'epoch_changed' : held?.reset;
    this.#held.set(symbol, {
      ...{ connection, retiring: undefined, goal: position?.seq },
      ...{ position, snapshotDue: position !== undefined, reset },
    });
    return unseen ? 'begun_unseen' : 'taken';
  }

  /**
   * The symbol's very first update follows over `connection`: nothing is lost. Where something is held, or another
   * connection counts, it changes nothing.
   */
  begins(symbol: string, position: string | undefined, connection: number): void {
    const held = this.#held.get(symbol);
    if (held === undefined || held.connection !== connection || held.position !== undefined) return;
    held.position = parsePosition(position);
    held.snapshotDue = held.position !== undefined;
    held.goal = held.position?.seq;
  }

  /** A reset came over `connection`; false when it does not count. */
  reset(symbol: string, reason: ResetReason, position: string | undefined, connection: number): boolean {
    const held = this.#held.get(symbol);
    if (held?.retiring === connection) held.retiring = undefined; // the newer one has what was lost here, or says so
    if (held === undefined || held.connection !== connection) return false;
    held.position = parsePosition(position);
    held.goal = held.position?.seq;
    held.retiring = undefined; // it is where it was, and what it brings does not join on any more
    held.snapshotDue = held.position !== undefined;
    held.reset = reason;
    return true;
  }

  /** What becomes of an update that came over `connection`. */
  take(symbol: string, update: PriceUpdate, connection: number): Taken {
    const held = this.#held.get(symbol);
    if (held === undefined || held.position === undefined) return 'not_ours';
    if (held.connection !== connection && held.retiring !== connection) return 'not_ours';
    if (held.connection === connection && held.goal !== undefined && update.seq >= held.goal)
      held.goal = undefined;
    const { epoch, seq } = held.position;
    const from = update.from ?? update.seq;
    if (held.snapshotDue && update.snapshot && update.seq >= seq)
      return handOver(held, { ...update, symbol, epoch, from });
    const coverage = judgeCoverage(seq, from, update.seq);
    if (coverage === 'next')
      return handOver(held, { ...update, symbol, epoch, from: Math.max(from, seq + 1) });
    if (coverage !== 'gap') return coverage;
    held.retiring = undefined;
    if (held.connection !== connection) return 'not_ours'; // the newer connection has what is missing here
    held.connection = undefined;
    return 'gap';
  }

  /** Whether `connection` has yet to bring what it promised when it answered for the symbol. */
  awaits(symbol: string, connection: number): boolean {
    const held = this.#held.get(symbol);
    return held?.connection === connection && held.goal !== undefined;
  }

  /**
   * `connection` ended. Where the one before it still goes on, that one counts again; returns the other
   * symbols that it answered for, for another to take over.
   */
  ended(connection: number): readonly string[] {
    const orphans: string[] = [];
    for (const [symbol, held] of this.#held) {
      if (held.connection === connection) {
        held.connection = held.retiring;
        held.goal = undefined;
        if (held.connection === undefined) orphans.push(symbol);
      }
      if (held.retiring === connection || held.connection === held.retiring) held.retiring = undefined;
    }
    return orphans;
  }

  forget(symbol: string): void {
    this.#held.delete(symbol);
  }
}

/** From now on the update is held. */
function handOver(held: Held, update: Update): Update {
  const { reset } = held;
  held.position = { epoch: update.epoch, seq: update.seq };
  held.snapshotDue = false;
  held.reset = undefined;
  return reset === undefined ? update : { ...update, reset };
}
