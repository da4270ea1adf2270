import type { StockSymbol } from '#protocol/symbol.ts';
import { decodeTick } from '#protocol/tick-payload.ts';
import { parseEntryId } from './entry-id.ts';
import { FanoutError, type HistoryEntry } from './ports.ts';

/**
 * The entries of a stream as XRANGE and XREVRANGE answer them, in the order of the answer; `undecodable` is called for
 * each that is left out because its payload is no tick.
 * @throws FanoutError `refused` when an entry is none of a stream
 */
export function toEntries(
  symbol: StockSymbol,
  reply: readonly unknown[],
  undecodable: () => void,
): readonly HistoryEntry[] {
  const entries: HistoryEntry[] = [];
  for (const raw of reply) {
    const entry = toEntry(symbol, raw);
    if (entry === undefined) undecodable();
    else entries.push(entry);
  }
  return entries;
}

/** One `[id, [field, payload]]` of Redis; undefined when its payload is no tick. */
function toEntry(symbol: StockSymbol, raw: unknown): HistoryEntry | undefined {
  if (!Array.isArray(raw) || !Buffer.isBuffer(raw[0]) || !Array.isArray(raw[1]))
    throw new FanoutError('refused', 'Redis answered something that is no stream entry');
  const payload: unknown = raw[1][1];
  const tick = Buffer.isBuffer(payload) ? decodeTick(symbol, payload) : undefined;
  return tick && { position: parseEntryId(raw[0].toString('latin1')), tick };
}
