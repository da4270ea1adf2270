import { type CatalogueEntry, type CatalogueLimits, catalogueLimits, type Directory } from '#fanout/ports.ts';
import type { Commands } from '#fanout/redis/commands.ts';
import { catalogueKey, catalogueSourcesKey, catalogueVersionKey } from '#fanout/redis/keys.ts';
import { createScript } from '#fanout/redis/script.ts';
import { serverTime } from '#fanout/redis/server-time.ts';
import { parseSymbol, type StockSymbol } from '#protocol/symbol.ts';

/** Symbols in one call; Lua hands at most some thousands of values to a command. */
const chunkEntries = 1000;
/** Symbols in one page: Redis serves nobody else meanwhile, nor does who reads it. */
const pageEntries = 1000;

// The version is a time, so that a catalogue that was lost and filled again never has an old version.
const changed = `
local function changed()
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local version = math.max((tonumber(redis.call('GET', KEYS[2]) or 0) or 0) + 1, now)
  redis.call('SET', KEYS[2], string.format('%.0f', version))
end
`;

const announceScript = createScript(`${changed}
local source, symbolsMax, goneMs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[3], source, string.format('%.0f', now))
local here = {}
local function isHere(owner)
  if here[owner] == nil then here[owner] = (tonumber(redis.call('HGET', KEYS[3], owner) or 0) or 0) > now - goneMs end
  return here[owner]
end
local owners = redis.call('HMGET', KEYS[1], unpack(ARGV, 4))
local room = symbolsMax - redis.call('HLEN', KEYS[1])
local pairs, refused = {}, 0
for i = 1, #owners do
  local owner, symbol = owners[i], ARGV[i + 3]
  if not owner and room <= 0 then
    refused = refused + 1
  elseif not owner or (owner ~= source and not isHere(owner)) then
    if not owner then room = room - 1 end
    pairs[#pairs + 1] = symbol
    pairs[#pairs + 1] = source
  end
end
if #pairs > 0 then
  redis.call('HSET', KEYS[1], unpack(pairs))
  changed()
end
return refused
`);

const retireScript = createScript(`${changed}
local gone = 0
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then gone = gone + redis.call('HDEL', KEYS[1], ARGV[i]) end
end
if gone > 0 then changed() end
return gone
`);

const keys = [catalogueKey, catalogueVersionKey, catalogueSourcesKey];

/** The part of the directory that concerns the catalogue. */
export type RedisCatalogue = Pick<Directory, 'announce' | 'retire' | 'catalogue' | 'catalogueVersion'>;

/** The catalogue in Redis, in pages: it may have a million symbols. `undecodable` is called for each that is none. */
export function createRedisCatalogue(
  commands: Commands,
  undecodable: () => void,
  limits: CatalogueLimits = catalogueLimits,
): RedisCatalogue {
  /** Every field and value of the catalogue, a page at a time; one that moves meanwhile may come twice. */
  async function* pages(): AsyncGenerator<readonly (readonly [name: string, source: string])[]> {
    let cursor = '0';
    do {
      const [next, flat] = await commands.run((client) =>
        client.hscan(catalogueKey, cursor, 'COUNT', pageEntries),
      );
      yield flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ''] as const] : []));
      cursor = next;
    } while (cursor !== '0');
  }

  const run = async (script: typeof retireScript, args: readonly (string | number)[]): Promise<number> =>
    Number(await commands.run((client) => script.run(client, keys, args)));

  return {
    async announce(entries) {
      const { symbolsMax, sourceGoneMs } = limits;
      let refused = 0;
      for (const [source, symbols] of symbolsBySource(entries))
        for (const chunk of chunksOf(symbols))
          refused += await run(announceScript, [source, symbolsMax, sourceGoneMs, ...chunk]);
      return refused;
    },
    async retire(source, symbols) {
      const [seen, now] = await commands.run((client) =>
        Promise.all([client.hgetall(catalogueSourcesKey), serverTime(client, catalogueSourcesKey)]),
      );
      const isForgotten = (owner: string): boolean => !(Number(seen[owner]) > now - limits.sourceForgottenMs);
      const over: (readonly [string, string])[] = [];
      for await (const page of pages())
        for (const [name, owner] of page) {
          const isOver = owner === source ? !symbols.has(name as StockSymbol) : isForgotten(owner);
          if (isOver || parseSymbol(name) === undefined) over.push([name, owner]);
        }
      const forgotten = Object.keys(seen).filter(isForgotten);
      if (forgotten.length > 0)
        await commands.run((client) => client.hdel(catalogueSourcesKey, ...forgotten));
      let retired = 0;
      for (const chunk of chunksOf(over)) retired += await run(retireScript, chunk.flat());
      return retired;
    },
    async catalogueVersion() {
      return (await commands.run((client) => client.get(catalogueVersionKey))) ?? '0';
    },
    async catalogue() {
      const found: CatalogueEntry[] = [];
      for await (const page of pages()) {
        for (const [name, source] of page) {
          const symbol = parseSymbol(name);
          if (symbol === undefined) undecodable();
          else found.push({ symbol, source });
        }
        if (found.length >= 2 * limits.symbolsMax) break; // others have written there
      }
      return found;
    },
  };
}

function* chunksOf<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += chunkEntries)
    yield items.slice(start, start + chunkEntries);
}

function symbolsBySource(entries: readonly CatalogueEntry[]): ReadonlyMap<string, readonly StockSymbol[]> {
  const groups = new Map<string, StockSymbol[]>();
  for (const { symbol, source } of entries) {
    const group = groups.get(source);
    if (group === undefined) groups.set(source, [symbol]);
    else group.push(symbol);
  }
  return groups;
}
