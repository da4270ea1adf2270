import { redisConnection, redisKeys, redisLimits } from '#fanout/config.ts';
import { reportLeading } from '#fanout/fixtures.ts';
import type { Fanout } from '#fanout/ports.ts';
import { createRedisFanout } from '#fanout/redis/redis-fanout.ts';
import { parseSymbol, type StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';
import { readConfig } from '#runtime/config/config.ts';
import { createLogger } from '#runtime/logger.ts';

const batchTicksMax = 1000;
const pauseMs = 5;
/** Longer than any bench. */
const reportTtlMs = 3_600_000;

/** Publishes made-up ticks through Redis at a steady rate, as an adapter does. */
export interface Feed {
  readonly fanout: Fanout;
  readonly symbols: readonly StockSymbol[];
  /** Publishes `ticksPerSecond * seconds` ticks, symbol after symbol; resolves with their number. */
  publish(ticksPerSecond: number, seconds: number): Promise<number>;
}

/** @param symbolCount symbols `S0`, `S1`, … which are announced to the catalogue */
export async function createFeed(redisUrl: string, symbolCount: number): Promise<Feed> {
  const config = readConfig(redisKeys, { TICKWIRE_REDIS_URL: redisUrl });
  const ignore = (): void => undefined;
  const heard = { undecodable: ignore, interrupted: ignore, probeLost: ignore };
  const metrics = { roundTrip: ignore, forged: ignore, ...heard };
  const deps = { connection: redisConnection(config), log: createLogger('bench', 'warn'), metrics };
  const fanout = await createRedisFanout(deps, redisLimits(config));
  const symbols = Array.from({ length: symbolCount }, (_, index) => symbolOf(`S${index}`));
  await fanout.directory.announce(symbols.map((symbol) => ({ symbol, source: 'bench' })));
  await reportLeading(fanout.directory, 'bench', reportTtlMs);
  const token = Date.now();
  let batches = 0;
  let made = 0;

  const publishBatch = async (count: number): Promise<void> => {
    const now = Date.now();
    const ticks = Array.from({ length: count }, () =>
      tickOf(symbols[made++ % symbols.length] ?? symbolOf('S0'), made, now),
    );
    const outcome = await fanout.publisher.publish({ source: 'bench', token, number: ++batches, ticks });
    if (outcome.outcome !== 'published') throw new Error(`a batch was ${outcome.outcome}`);
  };

  return {
    fanout,
    symbols,
    async publish(ticksPerSecond, seconds) {
      const total = ticksPerSecond * seconds;
      const started = performance.now();
      let published = 0;
      while (published < total) {
        const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * ticksPerSecond));
        const count = Math.min(due - published, batchTicksMax);
        if (count > 0) await publishBatch(count);
        else await new Promise((resume) => setTimeout(resume, pauseMs));
        published += count;
      }
      return published;
    },
  };
}

function symbolOf(name: string): StockSymbol {
  const symbol = parseSymbol(name);
  if (symbol === undefined) throw new Error(`${name} is no symbol`);
  return symbol;
}

function tickOf(symbol: StockSymbol, index: number, now: number): Tick {
  const price = 100 + (index % 1000) / 100;
  return {
    symbol,
    price,
    size: 100,
    bid: price,
    ask: price,
    source: 'bench',
    venueTime: now,
    receivedAt: now,
    flags: 0,
  };
}
