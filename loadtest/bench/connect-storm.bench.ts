import type { Bench, Measured } from './bench.ts';
import { processCpuSeconds, startChild } from './children.ts';
import type { Closing } from './closing.ts';
import { openStage, openSwarm, spreadSymbols } from './stage.ts';
import { percentile } from './statistics.ts';

/*
 * How many clients can come at once, and when do they see their first prices?
 *
 *   4,000 sockets from two processes, each opens 200 at a time
 *        │ upgrade, subscribe to 5 of 1,000 symbols
 *        ▼
 *   hub: looks them up, reads each symbol's history once from Redis, answers `subscribed` and 5 snapshots
 *   bare: answers with 5 updates that it makes up
 *
 * Timed: CPU seconds of the server process, user and system, from the first connect to the last first answer.
 * Beside it the sockets per second of wall clock, which the one machine's generator holds down, too, and the
 * p99 of the time from a socket's connect to its first update. The hub has no symbol in memory beforehand.
 * Fails when a socket does not get exactly one update of each of its symbols.
 */
const socketCount = 4000;
const symbolsEach = 5;
const symbolCount = 1000;
const format = 'msgpack';
const symbols = spreadSymbols(socketCount, symbolsEach, symbolCount);

export const bench = {
  unit: 'sockets per CPU second',
  better: 'higher',
  rows: [
    { name: 'hub', against: 'bare uWebSockets.js' },
    { name: 'bare uWebSockets.js', against: 'bare uWebSockets.js' },
  ],
  claims: [{ row: 'hub', of: 'ratio', atLeast: 0.15 }],
  async open(closing) {
    const stage = await openStage(closing, symbolCount);
    await stage.feed.publish(symbolCount, 1); // every symbol has a last price
    return async (row, closingRun) =>
      measure(row === 'hub' ? await stage.startHub(closingRun) : await startBare(closingRun), closingRun);
  },
} satisfies Bench;

interface Server {
  readonly port: number;
  readonly pid: number;
}

async function startBare(closing: Closing): Promise<Server> {
  const child = startChild('bare-server.ts');
  closing.defer(() => child.stop());
  return { port: await child.ask<number>({ format, snapshots: true }), pid: child.pid };
}

async function measure({ port, pid }: Server, closing: Closing): Promise<Measured> {
  const cpuBefore = processCpuSeconds(pid);
  const swarm = await openSwarm(closing, { port, format, symbols });
  const updates = await swarm.settle(socketCount * symbolsEach);
  const cpuSeconds = processCpuSeconds(pid) - cpuBefore;
  const served = await swarm.firstUpdates();
  const waits = served.flatMap(({ waitsMs }) => waitsMs);
  const seconds = Math.max(...served.map(({ spanMs }) => spanMs)) / 1000;
  if (updates !== socketCount * symbolsEach || waits.length !== socketCount)
    throw new Error(`${updates} first updates at ${waits.length} sockets, not ${symbolsEach} at each`);
  const figures = { 'sockets per s': socketCount / seconds, 'p99 ms to first': percentile(waits, 99) };
  return { value: socketCount / cpuSeconds, figures };
}
