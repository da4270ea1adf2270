import { readFileSync } from 'node:fs';
import { partitionOf } from '#fanout/partition.ts';
import {
  type Batch,
  FanoutError,
  type LastPublished,
  type Publisher,
  type PublishOutcome,
} from '#fanout/ports.ts';
import { chunksByGroup } from '#fanout/redis/chunks-by-group.ts';
import type { Commands } from '#fanout/redis/commands.ts';
import { parseEntryIds } from '#fanout/redis/entry-id.ts';
import { bySymbolChannel, groupMessagesChannel, guardKey, venueNumberField } from '#fanout/redis/keys.ts';
import { createScript } from '#fanout/redis/script.ts';
import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { BatchLayout } from './batch-layout.ts';

/** How much of the past each symbol keeps in Redis. */
export interface PublisherLimits {
  /** Entries that a symbol's stream keeps at least; Redis trims whole blocks of them. */
  readonly replayEntriesMax: number;
}

/** Publishes to one Redis: a batch may hold ticks of all partitions. */
export function createRedisPublisher(commands: Commands, limits: PublisherLimits): Publisher {
  const publish = createPublish(commands, 'PUBLISH', limits);
  const groupOf = (): number => 0;
  return {
    groupOf,
    publish: (batch) => publish(batch, 0),
    lastPublished: (source, symbols) => readLast(commands, groupOf, source, symbols),
  };
}

/** Publishes to a cluster: a batch is of one partition, and so of one node. */
export function createClusterPublisher(commands: Commands, limits: PublisherLimits): Publisher {
  const publish = createPublish(commands, 'SPUBLISH', limits);
  return {
    groupOf: partitionOf,
    async publish(batch) {
      const first = batch.ticks[0];
      return publish(batch, first === undefined ? 0 : partitionOf(first.symbol));
    },
    lastPublished: (source, symbols) => readLast(commands, partitionOf, source, symbols),
  };
}

function createPublish(commands: Commands, command: 'PUBLISH' | 'SPUBLISH', limits: PublisherLimits) {
  const script = createScript(readFileSync(new URL('./publish.lua', import.meta.url), 'utf8'));
  const batchLayout = new BatchLayout();
  return async (batch: Batch, guardPartition: number): Promise<PublishOutcome> => {
    const { keys, layout, payloads } = batchLayout.of(batch, guardPartition);
    const { token, number, settled = number - 1 } = batch;
    const channels = [groupMessagesChannel(guardPartition), bySymbolChannel(guardPartition)];
    const numbers = [...(batch.venueNumbers ?? [])].flat().join(' ');
    const args = [
      ...[token, number, limits.replayEntriesMax, command, layout, payloads, settled],
      ...[...channels, numbers],
    ];
    return parseOutcome(await commands.run((client) => script.run(client, keys, args)));
  };
}

/** Symbols that one command asks for. */
const symbolsPerCommandMax = 1000;

async function readLast(
  commands: Commands,
  groupOf: (symbol: StockSymbol) => number,
  source: string,
  symbols: readonly StockSymbol[],
): Promise<LastPublished> {
  const numbers = new Map<StockSymbol, number>();
  let any = false;
  await Promise.all(
    [...chunksByGroup(symbols, groupOf, symbolsPerCommandMax)].map(async (chunk) => {
      const [first] = chunk;
      if (first === undefined) return;
      const fields = ['token', ...chunk.map(venueNumberField)];
      const reply = await commands.run((client) => client.hmget(guardKey(groupOf(first), source), ...fields));
      any ||= typeof reply[0] === 'string';
      for (const [i, symbol] of chunk.entries()) {
        const number = wholeNumber(reply[i + 1]);
        if (number !== undefined) numbers.set(symbol, number);
      }
    }),
  );
  return { any, numbers };
}

/** Undefined for what no adapter has written. */
function wholeNumber(text: unknown): number | undefined {
  const number = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

function parseOutcome(reply: unknown): PublishOutcome {
  if (reply === 'fenced' || reply === 'repeated' || reply === 'early') return { outcome: reply };
  if (typeof reply !== 'string') throw new FanoutError('refused', 'the publish script answered no text');
  // Read when first asked for: an adapter never asks, and it takes 0.2 µs per tick.
  let positions: readonly Position[] | undefined;
  return {
    outcome: 'published',
    get positions() {
      positions ??= parseEntryIds(reply);
      return positions;
    },
  };
}
