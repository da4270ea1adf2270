import type { DialectName } from '#loadtest/swarm/dialect.ts';
import { startWorker, type WorkerProcess } from '#loadtest/swarm/worker-process.ts';
import { symbolName } from './update.ts';
import { choicesOf, type Workload } from './workload.ts';

/** Since the sample before. */
export interface CrowdSample {
  readonly subscribed: number;
  readonly delivered: number;
  /** Violations of the oracle and refusals. */
  readonly wrong: number;
  /** The first of them in words. */
  readonly words: readonly string[];
  /** Number of deliveries by whole ms of latency. */
  readonly latencies: ReadonlyMap<number, number>;
}

/** The sockets of a run, in worker processes of the swarm. */
export interface Crowd {
  sample(): Promise<CrowdSample>;
  /** How many sockets and symbols have not got as far as `standings` says. */
  behind(standings: ReadonlyMap<string, number>): Promise<number>;
  stop(): Promise<void>;
}

const workers = 2;
const socketsPerSecond = 2000;
/** First of the loopback addresses that connections leave from. */
const firstAddress = 2;

/** Begins to open the sockets; `subscribed` of a sample says how far it is. */
export async function openCrowd(workload: Workload, dialect: DialectName, port: number): Promise<Crowd> {
  const processes = Array.from({ length: workers }, (_, index) => startWorker(`worker ${index}`));
  const choices = choicesOf(workload);
  const share = Math.ceil(workload.sockets / workers);
  const { symbolsPerSocket, frequencyMs } = workload;
  await Promise.all(
    processes.map((worker, index) =>
      worker.ask({
        ask: 'open',
        dialect,
        endpoints: [{ host: '127.0.0.1', port }],
        firstSocket: index * share,
        catalogue: Array.from({ length: workload.symbols }, (_, symbol) => symbolName(symbol)),
        symbolsPerSocket,
        choices: choices.slice(index * share * symbolsPerSocket, (index + 1) * share * symbolsPerSocket),
        firstAddress: firstAddress + index,
        frequencyMs,
        socketsPerSecond: socketsPerSecond / workers,
        slowSockets: 0,
        slowBytesPerSecond: 0,
        slowAtFirst: false,
        since: undefined,
        churnPerSecond: 0,
        comesBack: false,
      }),
    ),
  );
  return {
    sample: () => sample(processes),
    async behind(standings) {
      const all = await Promise.all(
        processes.map((worker) => worker.ask({ ask: 'behind', standings, tell: false })),
      );
      return all.reduce((sum, one) => sum + one, 0);
    },
    async stop() {
      await Promise.all(processes.map((worker) => worker.stop()));
    },
  };
}

async function sample(processes: readonly WorkerProcess[]): Promise<CrowdSample> {
  const samples = await Promise.all(processes.map((worker) => worker.ask({ ask: 'sample' })));
  const sum = (read: (one: (typeof samples)[number]) => number): number =>
    samples.reduce((all, one) => all + read(one), 0);
  const latencies = new Map<number, number>();
  for (const { latencies: pairs } of samples)
    for (let at = 0; at + 1 < pairs.length; at += 2) {
      const ms = pairs[at] as number;
      latencies.set(ms, (latencies.get(ms) ?? 0) + (pairs[at + 1] as number));
    }
  return {
    subscribed: sum((one) => one.subscribed),
    delivered: sum((one) => one.counts.updates),
    wrong: sum(
      ({ counts }) => counts.wrong + counts.problems + counts.lost + counts.failed + resetsOf(counts),
    ),
    words: samples.flatMap((one) => one.words),
    latencies,
  };
}

/** Nobody is to lose anything here, told or not. */
function resetsOf({ resets }: { readonly resets: Readonly<Record<string, number>> }): number {
  return Object.values(resets).reduce((all, one) => all + one, 0);
}
