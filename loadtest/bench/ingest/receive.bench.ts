import { bySymbolChannel, streamKey } from '#fanout/redis/keys.ts';
import type { Bench, Measured } from '#loadtest/bench/harness/bench.ts';
import { processCpuSeconds, startChild } from '#loadtest/bench/harness/children.ts';
import type { Closing } from '#loadtest/bench/harness/closing.ts';
import { openJudgedSwarm } from '#loadtest/bench/stage/judged-swarm.ts';
import { openStage, type Stage } from '#loadtest/bench/stage/stage.ts';
import { readMetrics } from '#test/harness/metrics-page.ts';
import { until } from '#test/harness/redis/until.ts';

/*
 * What does a tick cost a hub on its way in, against a Redis client that does nothing with it?
 *
 *                  ┌─▶ ioredis: messageBuffer, a message per tick, counted       (ioredis)
 *   feed ─▶ Redis ─┼─▶ hub, group messages: symbol feed; a class lets it go (hub, class of 5 s)
 *                  └─▶ hub: the same, encoded and sent to one socket, MessagePack (hub, every update)
 *
 * 1,000 symbols, 10,000 ticks/s for 2 s; each side has a feed and a Redis of its own.
 * Timed: CPU microseconds, user and system, of the receiving process per tick, idle timers included.
 * Fails when a tick is missing, or when a hub's way in costs more than one and a half times ioredis.
 * At this rate most of it is probably waking up for a few ticks and reading the socket, on both sides.
 */
const symbolCount = 1000;
const ticksPerSecond = 10_000;
const seconds = 2;
const settleMs = 10_000;

/** What is measured: a process that receives, and how many ticks it has received. */
interface Side {
  readonly stage: Stage;
  readonly pid: number;
  received(): Promise<number>;
}

/** What the runner measures: the rows, what each is compared with, and what has to hold. */
export const bench = {
  unit: 'CPU µs per tick',
  better: 'lower',
  rows: [
    { name: 'ioredis', against: 'ioredis' },
    { name: 'hub, class of 5 s', against: 'ioredis' },
    { name: 'hub, every update', against: 'ioredis' },
  ],
  warmUpRuns: 1,
  claims: [{ row: 'hub, class of 5 s', of: 'ratio', atMost: 1.5 }],
  async open(closing) {
    const sides = {
      ioredis: await openBare(closing),
      'hub, class of 5 s': await openHub(closing, 5000),
      'hub, every update': await openHub(closing, 0),
    };
    return (row) => measure(sides[row as keyof typeof sides]);
  },
} satisfies Bench;

async function openBare(closing: Closing): Promise<Side> {
  const stage = await openStage(closing, symbolCount);
  const child = startChild(new URL('./bare-subscriber.ts', import.meta.url));
  closing.defer(() => child.stop());
  const channels = [bySymbolChannel(0), ...stage.feed.symbols.map(streamKey)];
  await child.ask<number>({ redisUrl: stage.redis.url, channels });
  return { stage, pid: child.pid, received: () => child.ask<number>('count') };
}

async function openHub(closing: Closing, frequency: number): Promise<Side> {
  const stage = await openStage(closing, symbolCount);
  const hub = await stage.startHub(closing);
  const order = { sockets: 1, symbolsPerSocket: symbolCount, workers: 1, frequency };
  const swarm = await openJudgedSwarm(closing, stage.feed, hub.port, order);
  await swarm.untilSubscribed(settleMs);
  const received = async () => (await readMetrics(hub)).value('tickwire_hub_updates_received_total');
  return { stage, pid: hub.pid, received };
}

async function measure({ stage, pid, received }: Side): Promise<Measured> {
  const before = await received();
  const cpuBefore = processCpuSeconds(pid);
  const ticks = await stage.feed.publish(ticksPerSecond, seconds);
  await until('every tick is received', async () => (await received()) - before >= ticks, settleMs);
  const cpu = processCpuSeconds(pid) - cpuBefore;
  const count = (await received()) - before;
  if (count !== ticks) throw new Error(`${count} ticks received instead of ${ticks}`);
  return { value: (cpu / ticks) * 1e6, figures: { 'cores %': (100 * cpu) / seconds } };
}
