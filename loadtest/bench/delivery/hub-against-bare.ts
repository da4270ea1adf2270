import type { Bench, Measured } from '#loadtest/bench/harness/bench.ts';
import { processCpuSeconds } from '#loadtest/bench/harness/children.ts';
import type { Closing } from '#loadtest/bench/harness/closing.ts';
import { bareDialect, startBare } from '#loadtest/bench/stage/bare.ts';
import { type JudgedSwarm, openJudgedSwarm } from '#loadtest/bench/stage/judged-swarm.ts';
import { openStage, type Stage } from '#loadtest/bench/stage/stage.ts';

/** Who is subscribed to what, and how much is published. */
export interface FanOut {
  readonly symbolCount: number;
  readonly sockets: number;
  /** Of each socket; every symbol has as many sockets as any other. */
  readonly symbolsPerSocket: number;
  readonly ticksPerSecond: number;
  readonly seconds: number;
  /** The hub's deliveries per CPU second by those of bare uWebSockets.js. */
  readonly ratioMin: number;
}

const gatherMs = 10;
const timeoutMs = 30_000;

/**
 * A bench of a hub behind Redis against a uWebSockets.js server that publishes frames encoded beforehand:
 * the same sockets, symbols and rate. Servers and sockets stay through all runs, of which the first is thrown away.
 */
export function hubAgainstBare(plan: FanOut): Bench {
  return {
    unit: 'deliveries per CPU second',
    better: 'higher',
    rows: [
      { name: 'hub', against: 'bare uWebSockets.js' },
      { name: 'bare uWebSockets.js', against: 'bare uWebSockets.js' },
    ],
    warmUpRuns: 1,
    claims: [{ row: 'hub', of: 'ratio', atLeast: plan.ratioMin }],
    async open(closing) {
      const stage = await openStage(closing, plan.symbolCount);
      const sides = { hub: await openHub(stage, plan, closing), bare: await openBare(stage, plan, closing) };
      return (row) => deliver(row === 'hub' ? sides.hub : sides.bare, plan);
    },
  };
}

interface Side {
  readonly pid: number;
  readonly swarm: JudgedSwarm;
  /** Resolves with the number of ticks published. */
  publish(seconds: number): Promise<number>;
}

async function openHub({ feed, startHub }: Stage, plan: FanOut, closing: Closing): Promise<Side> {
  const { port, pid } = await startHub(closing, { FLUSH_MS: gatherMs });
  const swarm = await openJudgedSwarm(closing, feed, port, socketsOf(plan));
  await swarm.untilSubscribed(timeoutMs);
  return { pid, swarm, publish: (seconds) => feed.publish(plan.ticksPerSecond, seconds) };
}

async function openBare({ feed }: Stage, plan: FanOut, closing: Closing): Promise<Side> {
  const bare = await startBare(closing, plan.symbolCount, { turnMs: gatherMs });
  const order = { ...socketsOf(plan), dialect: bareDialect };
  const swarm = await openJudgedSwarm(closing, feed, bare.port, order);
  await swarm.untilSubscribed(timeoutMs);
  return { pid: bare.pid, swarm, publish: (seconds) => bare.publish(plan.ticksPerSecond, seconds) };
}

function socketsOf({ sockets, symbolsPerSocket }: FanOut) {
  return { sockets, symbolsPerSocket, workers: 2 };
}

async function deliver({ pid, swarm, publish }: Side, plan: FanOut): Promise<Measured> {
  await swarm.look();
  const before = swarm.delivered;
  const cpuBefore = processCpuSeconds(pid);
  const ticks = await publish(plan.seconds);
  const due = (ticks * plan.sockets * plan.symbolsPerSocket) / plan.symbolCount;
  await swarm.untilDelivered(before + due, timeoutMs);
  const cpu = processCpuSeconds(pid) - cpuBefore;
  return { value: due / cpu, figures: { 'CPU s per 1M': (cpu / due) * 1e6 } };
}
