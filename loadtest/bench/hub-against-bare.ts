import type { Bench, Measured } from './bench.ts';
import { processCpuSeconds, startChild } from './children.ts';
import type { Closing } from './closing.ts';
import { openStage, openSwarm, type Stage } from './stage.ts';

/** Who is subscribed to what, and how much is published. */
export interface FanOut {
  readonly symbolCount: number;
  /** Of each socket; every symbol has as many sockets as any other. */
  readonly symbols: readonly (readonly string[])[];
  readonly ticksPerSecond: number;
  readonly seconds: number;
  /** The hub's deliveries per CPU second by those of bare uWebSockets.js. */
  readonly ratioMin: number;
}

const format = 'msgpack';
const gatherMs = 10;

/**
 * A bench of a hub behind Redis against a uWebSockets.js server that publishes frames encoded beforehand:
 * the same sockets, symbols and rate. Each run has servers and sockets of its own, after a warm-up second.
 */
export function hubAgainstBare(plan: FanOut): Bench {
  return {
    unit: 'deliveries per CPU second',
    better: 'higher',
    rows: [
      { name: 'hub', against: 'bare uWebSockets.js' },
      { name: 'bare uWebSockets.js', against: 'bare uWebSockets.js' },
    ],
    claims: [{ row: 'hub', of: 'ratio', atLeast: plan.ratioMin }],
    async open(closing) {
      const stage = await openStage(closing, plan.symbolCount);
      return async (row, closingRun) => {
        const start = row === 'hub' ? startHub : startBare;
        return measure(await start(stage, plan, closingRun), plan, closingRun);
      };
    },
  };
}

interface Server {
  readonly port: number;
  readonly pid: number;
  /** Resolves with the number of ticks published. */
  publish(seconds: number): Promise<number>;
}

async function startHub(stage: Stage, { ticksPerSecond }: FanOut, closing: Closing): Promise<Server> {
  const { port, pid } = await stage.startHub(closing, { FLUSH_MS: gatherMs });
  return { port, pid, publish: (seconds) => stage.feed.publish(ticksPerSecond, seconds) };
}

async function startBare(stage: Stage, { ticksPerSecond }: FanOut, closing: Closing): Promise<Server> {
  const child = startChild('bare-server.ts');
  closing.defer(() => child.stop());
  const port = await child.ask<number>({ format });
  const { symbols } = stage.feed;
  return {
    port,
    pid: child.pid,
    publish: (seconds) => child.ask<number>({ symbols, ticksPerSecond, seconds }),
  };
}

async function measure(server: Server, plan: FanOut, closing: Closing): Promise<Measured> {
  const { symbols, symbolCount, seconds } = plan;
  const swarm = await openSwarm(closing, { port: server.port, format, symbols });
  const fanOut = symbols.flat().length / symbolCount;
  const deliver = async (time: number): Promise<Measured> => {
    const before = await swarm.count();
    const cpuBefore = processCpuSeconds(server.pid);
    const expected = (await server.publish(time)) * fanOut;
    const delivered = (await swarm.settle(before.updates + expected)) - before.updates;
    if (delivered !== expected) throw new Error(`${delivered} deliveries instead of ${expected}`);
    const cpu = processCpuSeconds(server.pid) - cpuBefore;
    return { value: delivered / cpu, figures: { 'CPU s per 1M': (cpu / delivered) * 1e6 } };
  };
  await deliver(1); // warm-up
  return deliver(seconds);
}
