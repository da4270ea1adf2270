import { judgeCoverage } from '#protocol/coverage.ts';
import type { PriceUpdate, ResetReason, SubscribedSymbol } from '#protocol/messages.ts';
import { type Position, parsePosition } from '#protocol/position.ts';
import type { Update } from './update.ts';

/** What is held of one symbol. */
interface Held {
  /** Number of the connection whose messages are taken; undefined while a hole waits for the answer that fills it. */
  link: number | undefined;
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
 * The positions that a client holds, across its connections. At any time the messages of one connection count for
 * a symbol: the newest that has answered for it. So old and new connection may overlap without repeat or gap.
 */
export class HeldPositions {
  readonly #held = new Map<string, Held>();

  /** The position to resume after; undefined when a first answer is wanted. */
  since(symbol: string): Position | undefined {
    const held = this.#held.get(symbol);
    return held?.snapshotDue ? undefined : held?.position;
  }

  /** The hub's answer for one symbol, which was asked with `since`, came over connection `link`. */
  answered(
    symbol: string,
    answer: SubscribedSymbol,
    since: Position | undefined,
    link: number,
  ): AnswerOutcome {
    const held = this.#held.get(symbol);
    const now = this.since(symbol);
    if (held?.link !== undefined && link < held.link) return 'taken'; // the newer connection has it already
    if (now?.epoch !== since?.epoch) return 'again';
    if (since !== undefined && held !== undefined) {
      held.link = link;
      return 'taken'; // recovered: the missed updates follow; else a reset follows
    }
    const position = parsePosition(answer.position);
    const unseen = held !== undefined && held.position === undefined && position !== undefined;
    const reset = unseen ? 'epoch_changed' : held?.reset;
    this.#held.set(symbol, { link, position, snapshotDue: position !== undefined, reset });
    return unseen ? 'begun_unseen' : 'taken';
  }

  /** A reset came over connection `link`; false when it does not count. */
  reset(symbol: string, reason: ResetReason, position: string | undefined, link: number): boolean {
    const held = this.#held.get(symbol);
    if (held === undefined || held.link !== link) return false;
    held.position = parsePosition(position);
    held.snapshotDue = held.position !== undefined;
    held.reset = reason;
    return true;
  }

  take(symbol: string, update: PriceUpdate, link: number): Taken {
    const held = this.#held.get(symbol);
    if (held === undefined || held.link !== link || held.position === undefined) return 'not_ours';
    const { epoch, seq } = held.position;
    const from = update.from ?? update.seq;
    if (held.snapshotDue && update.snapshot && update.seq >= seq)
      return handOver(held, { ...update, symbol, epoch, from });
    const coverage = judgeCoverage(seq, from, update.seq);
    if (coverage === 'next')
      return handOver(held, { ...update, symbol, epoch, from: Math.max(from, seq + 1) });
    if (coverage === 'gap') held.link = undefined;
    return coverage;
  }

  /** Connection `link` ended: returns the symbols that it answered for, for another to take over. */
  orphans(link: number): readonly string[] {
    const orphans: string[] = [];
    for (const [symbol, held] of this.#held) {
      if (held.link !== link) continue;
      held.link = undefined;
      orphans.push(symbol);
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
