import { parseSymbol } from '#protocol/symbol.ts';
import type { Commands } from './commands.ts';
import { catalogueKey, catalogueVersionKey, sourcesKey } from './keys.ts';
import type { CatalogueEntry, Directory, SourceStatus } from './ports.ts';
import { createScript } from './script.ts';
import { serverTime } from './server-time.ts';
import { parseSourceStatus } from './source-status.ts';

/** Symbols announced in one call of the script; Lua hands at most some thousands of values to a command. */
const announceEntriesMax = 1000;

/** Expired states are kept a while, in case somebody wants to look, and then deleted. */
const expiredKeptMs = 3_600_000;

// The version is a time, so that a catalogue that was lost and filled again never has an old version.
const announceScript = createScript(`
local added = redis.call('HSET', KEYS[1], unpack(ARGV))
if added == 0 then return end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local version = math.max((tonumber(redis.call('GET', KEYS[2]) or 0)) + 1, now)
redis.call('SET', KEYS[2], string.format('%.0f', version))
`);

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
  let catalogueSize = 0;
  return {
    async announce(entries) {
      for (let start = 0; start < entries.length; start += announceEntriesMax) {
        const pairs = toPairs(entries.slice(start, start + announceEntriesMax));
        await commands.run((client) =>
          announceScript.run(client, [catalogueKey, catalogueVersionKey], pairs),
        );
      }
    },
    async catalogueVersion() {
      return (await commands.run((client) => client.get(catalogueVersionKey))) ?? '0';
    },
    async catalogue() {
      const reply = await commands.run((client) => client.hgetall(catalogueKey));
      const entries = toCatalogue(reply, () => undecodable('catalogue'));
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

function toPairs(entries: readonly CatalogueEntry[]): string[] {
  return entries.flatMap(({ symbol, source }) => [symbol, source]);
}

function toCatalogue(
  reply: Readonly<Record<string, string>>,
  undecodable: () => void,
): readonly CatalogueEntry[] {
  const entries: CatalogueEntry[] = [];
  for (const [name, source] of Object.entries(reply)) {
    const symbol = parseSymbol(name);
    if (symbol === undefined) undecodable();
    else entries.push({ symbol, source });
  }
  return entries;
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
