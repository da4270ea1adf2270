import { formatPosition } from '#protocol/position.ts';
import type { Commands } from './commands.ts';
import { streamKey } from './keys.ts';
import { readNewest } from './newest.ts';
import type { History } from './ports.ts';
import { toEntries } from './stream-entry.ts';

/** The replay buffer in Redis' streams; `undecodable` is called for each entry that is left out. */
export function createRedisHistory(commands: Commands, undecodable: () => void): History {
  return {
    async after(symbol, position, entriesMax) {
      const start = `(${formatPosition(position)}`;
      const reply = await commands.run((client) =>
        client.xrangeBuffer(streamKey(symbol), start, '+', 'COUNT', entriesMax),
      );
      return toEntries(symbol, reply, undecodable);
    },
    async before(symbol, position, entriesMax) {
      const end = position === undefined ? '+' : `(${formatPosition(position)}`;
      const reply = await commands.run((client) =>
        client.xrevrangeBuffer(streamKey(symbol), end, '-', 'COUNT', entriesMax),
      );
      return toEntries(symbol, reply, undecodable);
    },
    newest: (requests) => readNewest(commands, requests, undecodable),
  };
}
