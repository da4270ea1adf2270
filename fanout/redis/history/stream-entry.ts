import { FanoutError, type HistoryEntry } from '#fanout/ports.ts';
import { parsePosition } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { decodeTick } from '#protocol/tick-payload.ts';

/**
 * The entries of a stream as XRANGE and its like answer them, in their order; `undecodable` is called for each that is
 * left out, since its id is no position or its payload no tick.
 * @throws FanoutError when Redis answered no entries
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

/** The id of a raw entry as Redis has it, which may be no position. @throws FanoutError when it is no entry */
export function entryIdOf(raw: unknown): string {
  if (!Array.isArray(raw) || !Buffer.isBuffer(raw[0]))
    throw new FanoutError('refused', 'Redis answered something that is no stream entry');
  return raw[0].toString('latin1');
}

/** One `[id, [field, payload]]` of Redis. */
function toEntry(symbol: StockSymbol, raw: unknown): HistoryEntry | undefined {
  const position = parsePosition(entryIdOf(raw));
  const fields: unknown = Array.isArray(raw) ? raw[1] : undefined;
  const payload: unknown = Array.isArray(fields) ? fields[1] : undefined;
  const tick = Buffer.isBuffer(payload) ? decodeTick(symbol, payload) : undefined;
  return position && tick && { position, tick };
}
