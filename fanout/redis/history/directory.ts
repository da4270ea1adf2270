import type { Directory, SourceStatus } from '#fanout/ports.ts';
import type { Commands } from '#fanout/redis/commands.ts';
import { sourcesKey } from '#fanout/redis/keys.ts';
import { createScript } from '#fanout/redis/script.ts';
import { serverTime } from '#fanout/redis/server-time.ts';
import { createRedisCatalogue } from './catalogue.ts';
import { parseSourceStatus } from './source-status.ts';

/** Expired states are kept a while, in case somebody wants to look, and then deleted. */
const expiredKeptMs = 3_600_000;

const reportScript = createScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f ', now + ARGV[3]) .. ARGV[2])
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local expires = tonumber(string.match(all[i + 1], '^%d+')) or 0
  if expires + ARGV[4] < now then redis.call('HDEL', KEYS[1], all[i]) end
end
`);

/** States of sources that are looked at: one of each process of a source. */
const sourceStatusesMax = 4096;

/** A directory that also knows how large its catalogue was. */
export interface RedisDirectory extends Directory {
  /** Symbols of the catalogue as it was last read; 0 before that. */
  catalogueSize(): number;
}

/**
 * Who is there, in Redis; times are by Redis' clock, so processes need not agree on theirs. `undecodable` is called
 * for each entry that is left out, since this version can not read it.
 */
export function createRedisDirectory(
  commands: Commands,
  undecodable: (kind: 'catalogue' | 'source') => void,
): RedisDirectory {
  const catalogue = createRedisCatalogue(commands, () => undecodable('catalogue'));
  let catalogueSize = 0;
  return {
    ...catalogue,
    async catalogue() {
      const entries = await catalogue.catalogue();
      catalogueSize = entries.length;
      return entries;
    },
    catalogueSize: () => catalogueSize,
    async report(status, ttlMs) {
      const field = `${status.source} ${status.instance}`;
      const args = [field, JSON.stringify(status), ttlMs, expiredKeptMs];
      await commands.run((client) => reportScript.run(client, [sourcesKey], args));
    },
    async sources() {
      const [kept, now] = await commands.run((client) =>
        Promise.all([client.hgetall(sourcesKey), serverTime(client, sourcesKey)]),
      );
      return toStatuses(kept, now, () => undecodable('source'));
    },
  };
}

/**
 * States that have expired are left out, and those that another version of Tickwire wrote, or somebody else, and this
 * one can not read.
 */
function toStatuses(
  kept: Readonly<Record<string, string>>,
  now: number,
  undecodable: () => void,
): readonly SourceStatus[] {
  const current = Object.values(kept).flatMap((text) => {
    const [, expires, status = ''] = /^(\d+) (.*)$/s.exec(text) ?? [];
    return Number(expires) > now ? [status] : [];
  });
  return current.slice(0, sourceStatusesMax).flatMap((text) => {
    const status = parseSourceStatus(text);
    if (status === undefined) undecodable();
    return status ?? [];
  });
}
