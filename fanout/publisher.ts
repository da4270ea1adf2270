import { readFileSync } from 'node:fs';
import { encodeTick } from '#protocol/tick-payload.ts';
import type { Commands } from './commands.ts';
import { parseEntryIds } from './entry-id.ts';
import { guardKey, stateKey, streamKey } from './keys.ts';
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
  return async (batch: Batch, guardPartition: number): Promise<PublishOutcome> => {
    const { keys, layout, payloads } = layOut(batch, guardPartition);
    const { token, number, settled = number - 1 } = batch;
    const args = [token, number, limits.replayEntriesMax, command, layout, payloads, settled];
    return parseOutcome(await commands.run((client) => script.run(client, keys, args)));
  };
}

/**
 * The batch as the script wants it: its partitions numbered from 1 in the order they come up.
 * @throws RangeError when a tick is larger than 65,535 bytes
 */
function layOut({ source, ticks }: Batch, guardPartition: number) {
  const numbers = new Map<number, number>();
  const streams: string[] = [];
  const payloads: Uint8Array[] = [];
  const layout = Buffer.allocUnsafe(3 * ticks.length);
  for (const [i, tick] of ticks.entries()) {
    const partition = partitionOf(tick.symbol);
    const number = numbers.get(partition) ?? numbers.size + 1;
    numbers.set(partition, number);
    const payload = encodeTick(tick);
    layout.writeUInt8(number, 3 * i);
    layout.writeUInt16BE(payload.byteLength, 3 * i + 1);
    streams.push(streamKey(tick.symbol));
    payloads.push(payload);
  }
  const keys = [guardKey(guardPartition, source), ...Array.from(numbers.keys(), stateKey), ...streams];
  return { keys, layout, payloads: Buffer.concat(payloads) };
}

function parseOutcome(reply: unknown): PublishOutcome {
  if (reply === 'fenced' || reply === 'repeated' || reply === 'early') return { outcome: reply };
  if (typeof reply !== 'string') throw new FanoutError('refused', 'the publish script answered no text');
  return { outcome: 'published', positions: parseEntryIds(reply) };
}
