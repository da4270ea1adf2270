import { partitionOf } from '#fanout/partition.ts';
import { FanoutError, type LiveFeed, type LiveListener } from '#fanout/ports.ts';
import type { ShardName } from '#fanout/redis/connection/shard-map.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { ProbedShard, type ProbedShardDeps, type ProbedShardLimits } from './probed-shard.ts';
import {
  betterSubscriptionMode,
  type SubscriptionMode,
  type SubscriptionModeLimits,
} from './subscription-mode.ts';

/** What each shard needs, and how many symbols there are in all. */
export interface RedisLiveDeps extends Omit<ProbedShardDeps, 'listener'> {
  /** Symbols in the catalogue when it was last read. */
  readonly catalogueSize: () => number;
}

/** Those of each shard, and when group messages pay. */
export type RedisLiveLimits = ProbedShardLimits & SubscriptionModeLimits;

/** Live updates by pub/sub: one connection per shard, each symbol at the shard that holds its partition. */
export class RedisLive implements LiveFeed {
  readonly #deps: RedisLiveDeps;
  readonly #limits: RedisLiveLimits;
  readonly #shards = new Map<ShardName, ProbedShard>();
  /** The shard that each subscribed symbol is heard at. */
  readonly #homes = new Map<StockSymbol, ShardName>();
  #listener: LiveListener | undefined;
  #mode: SubscriptionMode = 'by_symbol';

  constructor(deps: RedisLiveDeps, limits: RedisLiveLimits) {
    this.#deps = deps;
    this.#limits = limits;
    deps.shards.onChange(() => this.#rehome());
  }

  listen(listener: LiveListener): void {
    this.#listener = listener;
  }

  async subscribe(symbols: readonly StockSymbol[]): Promise<void> {
    const added = symbols.filter((symbol) => !this.#homes.has(symbol));
    try {
      this.#settle(added);
      this.#reconsiderSubscriptionMode();
      await Promise.all(
        this.#byHome(symbols).map(([name, group]) => this.#shardNamed(name).subscriber.add(group)),
      );
    } catch (error) {
      this.unsubscribe(added);
      throw error;
    }
  }

  unsubscribe(symbols: readonly StockSymbol[]): void {
    for (const [name, group] of this.#byHome(symbols)) this.#shards.get(name)?.subscriber.remove(group);
    for (const symbol of symbols) this.#homes.delete(symbol);
    this.#reconsiderSubscriptionMode();
  }

  /** Redis is at another address now: gives up the connections there are, which may look healthy, for new ones. */
  moved(): void {
    for (const { subscriber } of this.#shards.values()) subscriber.reconnect();
  }

  silentParts(): readonly string[] {
    const silent = [...this.#shards].filter(([, { subscriber }]) => subscriber.size > 0 && !subscriber.live);
    return silent.map(([name]) => name);
  }

  partCount(): number {
    return [...this.#shards.values()].filter(({ subscriber }) => subscriber.size > 0).length;
  }

  partOf(symbol: StockSymbol): string | undefined {
    return this.#homes.get(symbol);
  }

  close(): void {
    for (const shard of this.#shards.values()) shard.close();
    this.#shards.clear();
    this.#homes.clear();
  }

  #settle(symbols: readonly StockSymbol[]): void {
    for (const symbol of symbols) {
      const home = this.#deps.shards.shardOf(partitionOf(symbol));
      if (home === undefined)
        throw new FanoutError('unavailable', 'no shard of the cluster holds the symbol');
      this.#homes.set(symbol, home);
    }
  }

  #reconsiderSubscriptionMode(): void {
    const symbols = this.#homes.size;
    const better = betterSubscriptionMode(this.#mode, symbols, this.#deps.catalogueSize(), this.#limits);
    if (better !== this.#mode) this.#deps.log.info({ mode: better, symbols }, 'subscription mode changed');
    this.#mode = better;
    // Also without a change: a shard that had no connection at the last one has still to follow.
    for (const { subscriber } of this.#shards.values()) void subscriber.switchTo(better);
  }

  #shardNamed(name: ShardName): ProbedShard {
    let shard = this.#shards.get(name);
    if (shard === undefined) {
      const listener: LiveListener = {
        receiverOf: (symbol) => this.#listener?.receiverOf(symbol),
        interrupted: (symbols) => this.#listener?.interrupted(symbols),
      };
      shard = new ProbedShard(name, { ...this.#deps, listener }, this.#limits, this.#mode);
      this.#shards.set(name, shard);
    }
    return shard;
  }

  /** Follows partitions that another shard holds now. */
  #rehome(): void {
    const isAstray = ([symbol, home]: [StockSymbol, ShardName]): boolean =>
      (this.#deps.shards.shardOf(partitionOf(symbol)) ?? home) !== home;
    const astray = [...this.#homes].filter(isAstray).map(([symbol]) => symbol);
    if (astray.length > 0) {
      this.#deps.log.info({ symbols: astray.length }, 'symbols are held by another shard now');
      this.unsubscribe(astray);
      this.#settle(astray);
      for (const [name, group] of this.#byHome(astray)) this.#shardNamed(name).subscriber.adopt(group);
    }
    for (const [name, shard] of this.#shards) {
      if (shard.subscriber.size > 0) continue;
      shard.close();
      this.#shards.delete(name);
    }
  }

  /** The symbols of each shard; those without a home are left out. */
  #byHome(symbols: readonly StockSymbol[]): readonly (readonly [ShardName, readonly StockSymbol[]])[] {
    const groups = new Map<ShardName, StockSymbol[]>();
    for (const symbol of symbols) {
      const home = this.#homes.get(symbol);
      if (home === undefined) continue;
      const group = groups.get(home);
      if (group === undefined) groups.set(home, [symbol]);
      else group.push(symbol);
    }
    return [...groups];
  }
}
