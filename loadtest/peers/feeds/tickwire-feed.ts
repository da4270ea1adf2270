import { redisConnection, redisKeys, redisLimits } from '#fanout/config.ts';
import { reportLeading } from '#fanout/fixtures.ts';
import { createRedisFanout } from '#fanout/redis/redis-fanout.ts';
import { type PeerUpdate, symbolName } from '#loadtest/peers/update.ts';
import { parseSymbol, type StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';
import { readConfig } from '#runtime/config/config.ts';
import { createLogger } from '#runtime/logger.ts';
import { serveFeed } from './feed-orders.ts';

const source = 'peers';
const batchTicksMax = 1000;
/** Longer than any sitting. */
const reportTtlMs = 24 * 3_600_000;

/**
 * Publishes as an adapter does: history and live in one atomic step, positions from Redis. Each symbol gets a
 * first update, number 0, when it connects: all of them have a position when sockets come, and the counted
 * updates are numbered from 1 as everywhere.
 */
serveFeed(async (url, symbolCount) => {
  const config = readConfig(redisKeys, { TICKWIRE_REDIS_URL: url });
  const ignore = (): void => undefined;
  const heard = { undecodable: ignore, interrupted: ignore, probeLost: ignore };
  const metrics = { roundTrip: ignore, forged: ignore, ...heard };
  const deps = { connection: redisConnection(config), log: createLogger(source, 'warn'), metrics };
  const fanout = await createRedisFanout(deps, redisLimits(config));
  const symbols = Array.from({ length: symbolCount }, (_, index) => symbolOf(symbolName(index)));
  await fanout.directory.announce(symbols.map((symbol) => ({ symbol, source })));
  await reportLeading(fanout.directory, source, reportTtlMs);
  const token = Date.now();
  let number = 0;

  const publish = async (ticks: readonly Tick[]): Promise<void> => {
    const outcome = await fanout.publisher.publish({ source, token, number: ++number, ticks });
    if (outcome.outcome !== 'published') throw new Error(`a batch was ${outcome.outcome}`);
  };
  for (let start = 0; start < symbolCount; start += batchTicksMax) {
    const first = symbols.slice(start, start + batchTicksMax);
    await publish(first.map((symbol) => ({ symbol, price: 100, source, ...clocks(Date.now()), flags: 0 })));
  }
  return (updates) => publish(updates.map(tickOf));
});

function tickOf({ symbol, price, size, bid, ask, received }: PeerUpdate): Tick {
  return { symbol: symbolOf(symbol), price, size, bid, ask, source, ...clocks(received), flags: 0 };
}

function clocks(now: number): { venueTime: number; receivedAt: number } {
  return { venueTime: now, receivedAt: now };
}

function symbolOf(name: string): StockSymbol {
  const symbol = parseSymbol(name);
  if (symbol === undefined) throw new Error(`${name} is no symbol`);
  return symbol;
}
