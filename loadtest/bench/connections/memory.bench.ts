import type { Bench, Measured } from '#loadtest/bench/harness/bench.ts';
import { processResidentBytes } from '#loadtest/bench/harness/children.ts';
import type { Closing } from '#loadtest/bench/harness/closing.ts';
import { bareDialect, startBare } from '#loadtest/bench/stage/bare.ts';
import { openJudgedSwarm } from '#loadtest/bench/stage/judged-swarm.ts';
import { openStage, type Stage } from '#loadtest/bench/stage/stage.ts';
import type { DialectName } from '#loadtest/swarm/dialect/dialect.ts';

/*
 * What does an idle socket cost in memory?
 *
 *   Redis ──▶ hub ──────▶ 6,000 sockets × 5 of 1,000 symbols, nothing published
 *             bare ─────▶ the same
 *
 * Measured: resident memory of the server process with all sockets minus with none, by the number of sockets;
 * each time after two seconds of rest; each run has a server of its own, so there are three. What the kernel keeps for
 * a socket is not in it. Fails when a socket is missing.
 */
const socketCount = 6000;
const symbolCount = 1000;
const bytesMax = 3 * 1024;
const restMs = 2000;
const timeoutMs = 60_000;

/** What the runner measures: the rows, what each is compared with, and what has to hold. */
export const bench = {
  unit: 'bytes per idle socket',
  better: 'lower',
  rows: [
    { name: 'hub', against: 'bare uWebSockets.js' },
    { name: 'bare uWebSockets.js', against: 'bare uWebSockets.js' },
  ],
  runs: 3,
  claims: [{ row: 'hub', of: 'value', atMost: bytesMax }],
  async open(closing) {
    const stage = await openStage(closing, symbolCount);
    return (row, closingRun) =>
      row === 'hub' ? measureHub(stage, closingRun) : measureBare(stage, closingRun);
  },
} satisfies Bench;

async function measureHub(stage: Stage, closing: Closing): Promise<Measured> {
  const hub = await stage.startHub(closing);
  return measure(stage, hub, closing, undefined, async () => {
    const health = await fetch(`http://127.0.0.1:${hub.port}/health`, { signal: AbortSignal.timeout(5000) });
    const { sockets } = (await health.json()) as { sockets: number };
    if (sockets !== socketCount) throw new Error(`${sockets} sockets instead of ${socketCount}`);
  });
}

async function measureBare(stage: Stage, closing: Closing): Promise<Measured> {
  const bare = await startBare(closing, symbolCount);
  return measure(stage, bare, closing, bareDialect, async () => undefined); // the swarm knows what it opened
}

interface Server {
  readonly port: number;
  readonly pid: number;
}

async function measure(
  { feed }: Stage,
  server: Server,
  closing: Closing,
  dialect: DialectName | undefined,
  check: () => Promise<void>,
): Promise<Measured> {
  await rest();
  const before = processResidentBytes(server.pid);
  const swarm = await openJudgedSwarm(closing, feed, server.port, {
    ...{ sockets: socketCount, symbolsPerSocket: 5, workers: 2, rampPerSecond: 4000 },
    ...(dialect !== undefined && { dialect }),
  });
  await swarm.untilSubscribed(timeoutMs);
  await rest();
  await check();
  return { value: (processResidentBytes(server.pid) - before) / socketCount };
}

/** Time for a collection that the server starts by itself. */
function rest(): Promise<void> {
  return new Promise((resume) => setTimeout(resume, restMs));
}
