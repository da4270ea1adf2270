import type { DialectName } from '#loadtest/swarm/dialect/dialect.ts';
import { startWorker, type WorkerProcess } from '#loadtest/swarm/worker/worker-process.ts';
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
  /** Pairs of a latency in whole ms and how many deliveries had it; a latency may come twice. */
  readonly latencies: readonly number[];
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
  return {
    subscribed: sum((one) => one.subscribed),
    delivered: sum((one) => one.counts.updates),
    wrong: sum(
      ({ counts }) => counts.wrong + counts.problems + counts.lost + counts.failed + resetsOf(counts),
    ),
    words: samples.flatMap((one) => one.words),
    latencies: samples.flatMap((one) => one.latencies),
  };
}

/** Nobody is to lose anything here, told or not. */
function resetsOf({ resets }: { readonly resets: Readonly<Record<string, number>> }): number {
  return Object.values(resets).reduce((all, one) => all + one, 0);
}
