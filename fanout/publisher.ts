import { readFileSync } from 'node:fs';
import type { Position } from '#protocol/position.ts';
import { BatchLayout } from './batch-layout.ts';
import type { Commands } from './commands.ts';
import { parseEntryIds } from './entry-id.ts';
import { bundlesChannel, bySymbolChannel } from './keys.ts';
import { partitionOf } from './partition.ts';
import { type Batch, FanoutError, type Publisher, type PublishOutcome } from './ports.ts';
import { createScript } from './script.ts';

export interface PublisherLimits {
  /** Entries that a symbol's stream keeps at least; Redis trims whole blocks of them. */
  readonly replayEntriesMax: number;
}

/** Publishes to one Redis: a batch may hold ticks of all partitions. */
export function createRedisPublisher(commands: Commands, limits: PublisherLimits): Publisher {
  const publish = createPublish(commands, 'PUBLISH', limits);
  return { groupOf: () => 0, publish: (batch) => publish(batch, 0) };
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
  };
}

function createPublish(commands: Commands, command: 'PUBLISH' | 'SPUBLISH', limits: PublisherLimits) {
  const script = createScript(readFileSync(new URL('./publish.lua', import.meta.url), 'utf8'));
  const batchLayout = new BatchLayout();
  return async (batch: Batch, guardPartition: number): Promise<PublishOutcome> => {
    const { keys, layout, payloads } = batchLayout.of(batch, guardPartition);
    const { token, number, settled = number - 1 } = batch;
    const channels = [bundlesChannel(guardPartition), bySymbolChannel(guardPartition)];
    const args = [token, number, limits.replayEntriesMax, command, layout, payloads, settled, ...channels];
    return parseOutcome(await commands.run((client) => script.run(client, keys, args)));
  };
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
