import { partitionOf } from '#fanout/partition.ts';
import { FanoutError, type LiveFeed, type LiveListener, type LiveReceiver } from '#fanout/ports.ts';
import type { ShardName } from '#fanout/redis/connection/shard-map.ts';
import { isTickPayload } from '#protocol/payload-fields.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { type LiveMessageHead, readLiveMessageHead } from './live-message.ts';
import { ProbedShard } from './probed-shard.ts';
import type { RedisLiveDeps, RedisLiveLimits } from './redis-live-deps.ts';
import { betterSubscriptionMode, type SubscriptionMode } from './subscription-mode.ts';

export interface RedisLive extends LiveFeed {
  /** Redis is at another address now: gives up the connections there are, which may look healthy, for new ones. */
  moved(): void;
  close(): void;
}

/** Live updates by pub/sub: one connection per shard, each symbol at the shard that holds its partition. */
export function createRedisLive(deps: RedisLiveDeps, limits: RedisLiveLimits): RedisLive {
  const { shards: shardMap, metrics, log } = deps;
  const shards = new Map<ShardName, ProbedShard>();
  const homes = new Map<StockSymbol, ShardName>();
  const head: LiveMessageHead = { epoch: 0, seq: 0, payloadAt: 0 };
  let listener: LiveListener | undefined;
  let mode: SubscriptionMode = 'by_symbol';

  const message = (receiver: LiveReceiver, bytes: Uint8Array, start: number, end: number): void => {
    if (readLiveMessageHead(bytes, start, end, head) && isTickPayload(bytes, head.payloadAt, end))
      receiver.accept(bytes, head.payloadAt, end, head.epoch, head.seq);
    else metrics.undecodable('live');
  };

  const receiverOf = (symbol: StockSymbol): LiveReceiver | undefined => listener?.receiverOf(symbol);

  const interrupted = (symbols: readonly StockSymbol[]): void => {
    metrics.interrupted(symbols.length);
    listener?.interrupted(symbols);
  };

  const shardNamed = (name: ShardName): ProbedShard => {
    let shard = shards.get(name);
    if (shard === undefined) {
      shard = new ProbedShard(name, { ...deps, receiverOf, message, interrupted }, limits, mode);
      shards.set(name, shard);
    }
    return shard;
  };

  const reconsiderSubscriptionMode = (): void => {
    const better = betterSubscriptionMode(mode, homes.size, deps.catalogueSize(), limits);
    if (better !== mode) log.info({ mode: better, symbols: homes.size }, 'subscription mode changed');
    mode = better;
    // Also without a change: a shard that had no connection at the last one has still to follow.
    for (const { subscriber } of shards.values()) void subscriber.switchTo(mode);
  };

  const unsubscribe = (symbols: readonly StockSymbol[]): void => {
    for (const [name, group] of groupBy(symbols, (symbol) => homes.get(symbol)))
      if (name !== undefined) shards.get(name)?.subscriber.remove(group);
    for (const symbol of symbols) homes.delete(symbol);
    reconsiderSubscriptionMode();
  };

  const settle = (symbols: readonly StockSymbol[]): void => {
    for (const symbol of symbols) {
      const home = shardMap.shardOf(partitionOf(symbol));
      if (home === undefined)
        throw new FanoutError('unavailable', 'no shard of the cluster holds the symbol');
      homes.set(symbol, home);
    }
  };

  /** Follows partitions that another shard holds now. */
  const rehome = (): void => {
    const isAstray = ([symbol, home]: [StockSymbol, ShardName]): boolean =>
      (shardMap.shardOf(partitionOf(symbol)) ?? home) !== home;
    const astray = [...homes].filter(isAstray).map(([symbol]) => symbol);
    if (astray.length > 0) {
      log.info({ symbols: astray.length }, 'symbols are held by another shard now');
      unsubscribe(astray);
      settle(astray);
      for (const [name, group] of groupBy(astray, (symbol) => homes.get(symbol)))
        if (name !== undefined) shardNamed(name).subscriber.adopt(group);
    }
    for (const [name, shard] of shards) {
      if (shard.subscriber.size > 0) continue;
      shard.close();
      shards.delete(name);
    }
  };
  shardMap.onChange(rehome);

  return {
    listen(added) {
      listener = added;
    },
    async subscribe(symbols) {
      const added = symbols.filter((symbol) => !homes.has(symbol));
      try {
        settle(added);
        reconsiderSubscriptionMode();
        const groups = groupBy(symbols, (symbol) => homes.get(symbol) ?? '');
        await Promise.all(Array.from(groups, ([name, group]) => shardNamed(name).subscriber.add(group)));
      } catch (error) {
        unsubscribe(added);
        throw error;
      }
    },
    unsubscribe,
    moved() {
      for (const { subscriber } of shards.values()) subscriber.reconnect();
    },
    silentParts() {
      const silent = [...shards].filter(([, { subscriber }]) => subscriber.size > 0 && !subscriber.live);
      return silent.map(([name]) => name);
    },
    partCount: () => [...shards.values()].filter(({ subscriber }) => subscriber.size > 0).length,
    partOf: (symbol) => homes.get(symbol),
    close() {
      for (const shard of shards.values()) shard.close();
      shards.clear();
      homes.clear();
    },
  };
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
