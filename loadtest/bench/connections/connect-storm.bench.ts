import type { Bench, Measured } from '#loadtest/bench/harness/bench.ts';
import { processCpuSeconds } from '#loadtest/bench/harness/children.ts';
import type { Closing } from '#loadtest/bench/harness/closing.ts';
import { bareDialect, startBare } from '#loadtest/bench/stage/bare.ts';
import { openJudgedSwarm } from '#loadtest/bench/stage/judged-swarm.ts';
import { openStage, type Stage } from '#loadtest/bench/stage/stage.ts';
import { latencyPercentile } from '#loadtest/swarm/counting/latency-histogram.ts';
import type { DialectName } from '#loadtest/swarm/dialect/dialect.ts';

/*
 * How many clients can come at once, and when do they see their first prices?
 *
 *   4,000 sockets from two processes, each has 256 under way at a time
 *        │ upgrade, subscribe to 5 of 1,000 symbols
 *        ▼
 *   hub: looks them up, reads each symbol's history once from Redis, answers `subscribed` and 5 snapshots
 *   bare: answers with 5 updates that it makes up
 *
 * Timed: CPU seconds of the server process, user and system, from the first connect to the last first answer.
 * Beside it the p99 of the time from a socket's connect to the answer of its subscribe, which the generator on the
 * same machine holds down, too. The hub has no symbol in memory beforehand; each run has a server of its own.
 * Fails when a socket does not get exactly one update of each of its symbols.
 */
const socketCount = 4000;
const symbolsEach = 5;
const symbolCount = 1000;
const timeoutMs = 60_000;

/** What the runner measures: the rows, what each is compared with, and what has to hold. */
export const bench = {
  unit: 'sockets per CPU second',
  better: 'higher',
  rows: [
    { name: 'hub', against: 'bare uWebSockets.js' },
    { name: 'bare uWebSockets.js', against: 'bare uWebSockets.js' },
  ],
  runs: 5,
  claims: [{ row: 'hub', of: 'ratio', atLeast: 0.15 }],
  async open(closing) {
    const stage = await openStage(closing, symbolCount);
    return async (row, closingRun) => {
      if (row === 'hub') return measure(stage, await stage.startHub(closingRun), closingRun);
      const bare = await startBare(closingRun, symbolCount, { snapshots: true });
      return measure(stage, bare, closingRun, bareDialect);
    };
  },
} satisfies Bench;

interface Server {
  readonly port: number;
  readonly pid: number;
}

async function measure(
  { feed }: Stage,
  { port, pid }: Server,
  closing: Closing,
  dialect?: DialectName,
): Promise<Measured> {
  const cpuBefore = processCpuSeconds(pid);
  const swarm = await openJudgedSwarm(closing, feed, port, {
    ...{ sockets: socketCount, symbolsPerSocket: symbolsEach, workers: 2 },
    ...(dialect !== undefined && { dialect }),
  });
  await swarm.untilSubscribed(timeoutMs);
  await swarm.untilCaughtUp(timeoutMs);
  const cpuSeconds = processCpuSeconds(pid) - cpuBefore;
  await swarm.look();
  const firsts = swarm.snapshots + swarm.delivered; // what bare uWebSockets.js makes up says nothing of snapshots
  if (firsts !== socketCount * symbolsEach)
    throw new Error(`${firsts} first updates at ${socketCount} sockets, not ${symbolsEach} at each`);
  return {
    value: socketCount / cpuSeconds,
    figures: { 'p99 ms to the answer': latencyPercentile(swarm.answers, 99) },
  };
}
