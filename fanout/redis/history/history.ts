import { FanoutError, type History, type HistoryEntry, type NewestAnswer } from '#fanout/ports.ts';
import type { Commands } from '#fanout/redis/commands.ts';
import { streamKey } from '#fanout/redis/keys.ts';
import { formatPosition, type Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { readNewest } from './newest.ts';
import { entryIdOf, toEntries } from './stream-entry.ts';

/** Pages that are read for one of the caller's when entries of them had to be left out; then the stream is unreadable. */
const pagesMax = 16;
/** Entries of each page behind the first: what fills the place of others may be far behind them. */
const furtherEntries = 256;

/** The replay buffer in Redis' streams; `undecodable` is called for each entry that is left out. */
export function createRedisHistory(commands: Commands, undecodable: () => void): History {
  /**
   * Reads on until there are as many entries as were asked for, or no more: a page that is short because something in
   * it was left out would be taken for the end.
   */
  const fill = async (symbol: StockSymbol, entriesMax: number, read: ReadPage): Promise<HistoryEntry[]> => {
    const entries: HistoryEntry[] = [];
    let from: string | undefined;
    for (let page = 0; page < pagesMax; page++) {
      const count = page === 0 ? entriesMax : furtherEntries;
      const reply = await read(from, count);
      entries.push(...toEntries(symbol, reply, undecodable));
      if (reply.length < count || entries.length >= entriesMax) return entries.slice(0, entriesMax);
      from = entryIdOf(reply.at(-1));
    }
    throw new FanoutError('unreadable', `the stream of ${symbol} has too much in it that is no tick`);
  };

  const before = (symbol: StockSymbol, position: Position | undefined, entriesMax: number) =>
    fill(symbol, entriesMax, (from = position && formatPosition(position), count) => {
      const end = from === undefined ? '+' : `(${from}`;
      return commands.run((client) => client.xrevrangeBuffer(streamKey(symbol), end, '-', 'COUNT', count));
    });

  /** What the newest ones lack, since some were left out, older ones stand in for. */
  const newestOf = async (symbol: StockSymbol, entriesMax: number): Promise<NewestAnswer> => {
    try {
      return await before(symbol, undefined, entriesMax);
    } catch (error) {
      if (error instanceof FanoutError && error.code === 'unreadable') return error;
      throw error;
    }
  };

  return {
    after: (symbol, position, entriesMax) =>
      fill(symbol, entriesMax, (from = formatPosition(position), count) =>
        commands.run((client) => client.xrangeBuffer(streamKey(symbol), `(${from}`, '+', 'COUNT', count)),
      ),
    before,
    async newest(requests) {
      const read = await readNewest(commands, requests);
      return Promise.all(
        requests.map(({ symbol, entriesMax }, i): NewestAnswer | Promise<NewestAnswer> => {
          const found = read[i];
          if (found === undefined)
            return new FanoutError('unreadable', `no stream is at the key of ${symbol}`);
          return found.leftOut === 0 ? found.entries : newestOf(symbol, entriesMax);
        }),
      );
    },
  };
}

/** Up to `count` raw entries behind the one with the id `from`; undefined: from where the caller's page begins. */
type ReadPage = (from: string | undefined, count: number) => Promise<readonly unknown[]>;
