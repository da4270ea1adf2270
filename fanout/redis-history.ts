import { formatPosition } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { decodeTick } from '#protocol/tick-payload.ts';
import type { Commands } from './commands.ts';
import { parseEntryId } from './entry-id.ts';
import { streamKey } from './keys.ts';
import { readNewest } from './newest.ts';
import { FanoutError, type History, type HistoryEntry } from './ports.ts';

/** The replay buffer in Redis' streams; `undecodable` is called for each entry that is left out. */
export function createRedisHistory(commands: Commands, undecodable: () => void): History {
  const toEntries = (symbol: StockSymbol, reply: readonly unknown[]): readonly HistoryEntry[] => {
    const entries: HistoryEntry[] = [];
    for (const raw of reply) {
      const entry = toEntry(symbol, raw);
      if (entry === undefined) undecodable();
      else entries.push(entry);
    }
    return entries;
  };
  return {
    async after(symbol, position, entriesMax) {
      const start = `(${formatPosition(position)}`;
      const reply = await commands.run((client) =>
        client.xrangeBuffer(streamKey(symbol), start, '+', 'COUNT', entriesMax),
      );
      return toEntries(symbol, reply);
    },
    async before(symbol, position, entriesMax) {
      const end = position === undefined ? '+' : `(${formatPosition(position)}`;
      const reply = await commands.run((client) =>
        client.xrevrangeBuffer(streamKey(symbol), end, '-', 'COUNT', entriesMax),
      );
      return toEntries(symbol, reply);
    },
    newest: (requests) => readNewest(commands, requests, undecodable),
  };
}

/** One `[id, [field, payload]]` of Redis; undefined when its payload is no tick. */
function toEntry(symbol: StockSymbol, raw: unknown): HistoryEntry | undefined {
  if (!Array.isArray(raw) || !Buffer.isBuffer(raw[0]) || !Array.isArray(raw[1]))
    throw new FanoutError('refused', 'Redis answered something that is no stream entry');
  const payload: unknown = raw[1][1];
  const tick = Buffer.isBuffer(payload) ? decodeTick(symbol, payload) : undefined;
  return tick && { position: parseEntryId(raw[0].toString('latin1')), tick };
}
