import type { History, HistoryEntry } from '#fanout/ports.ts';
import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { DelayGate } from './delay-gate.ts';

/** Before every entry. */
export const beginning: Position = { epoch: 0, seq: 0 };

/**
 * The newest entry of `symbol` that is old enough; undefined when there is none. Positions tell no time, so it is
 * looked for by halves: a history of 100,000 entries takes 17 reads of one entry each, not 200 pages.
 * @throws FanoutError
 */
export async function newestAdmitted(
  history: Pick<History, 'after' | 'before'>,
  symbol: StockSymbol,
  gate: DelayGate,
): Promise<HistoryEntry | undefined> {
  const newestBefore = async (position?: Position): Promise<HistoryEntry | undefined> =>
    (await history.before(symbol, position, 1))[0];
  const newest = await newestBefore();
  if (newest === undefined || gate.isOldEnough(newest)) return newest;
  const [oldest] = await history.after(symbol, beginning, 1);
  if (oldest === undefined || !gate.isOldEnough(oldest)) return undefined;
  let old = oldest;
  let young = newest.position;
  while (old.position.epoch !== young.epoch) {
    const found = await newestBefore({ epoch: young.epoch, seq: 0 });
    if (found === undefined) return old; // all of it was trimmed meanwhile
    if (gate.isOldEnough(found)) {
      old = found;
      break;
    }
    young = found.position;
  }
  /** Up to it there is nothing newer than `old`. */
  let low = old.position.epoch === young.epoch ? old.position.seq : -1;
  while (young.seq - low > 1) {
    const middle = Math.floor((low + young.seq) / 2);
    const found = await newestBefore({ epoch: young.epoch, seq: middle + 1 });
    if (found === undefined) return old;
    if (gate.isOldEnough(found)) {
      old = found;
      low = middle;
    } else if (found.position.epoch === young.epoch) young = found.position;
    else return old; // clocks that went back: an old entry before this one will do
  }
  return old;
}
