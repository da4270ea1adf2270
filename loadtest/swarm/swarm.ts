import type { Position } from '#protocol/position.ts';
import { createSeededRandom } from '#test/harness/seeded-random.ts';
import type { ViolationKind } from './counting/ledger.ts';
import { type Scenario, SwarmError } from './scenario.ts';
import { chooseSymbols, type SymbolChoice } from './symbol-choice.ts';
import type { MeasuredProcess, Target } from './target/target.ts';
import { socketsPerAddress } from './worker/openings.ts';
import { noCounts } from './worker/socket-pool.ts';
import type { Standings, SwarmCounts, WorkerOrder, WorkerSample } from './worker/worker-messages.ts';
import { startWorker, type WorkerProcess } from './worker/worker-process.ts';

/** What all workers have to say, since the time before. */
export interface SwarmSample {
  readonly subscribed: number;
  readonly counts: SwarmCounts;
  /** Pairs of ms and count, of all workers one after the other. */
  readonly latencies: readonly number[];
  /** The same of the time from connect to the answer of the subscribe. */
  readonly answers: readonly number[];
  readonly violations: Readonly<Partial<Record<ViolationKind, number>>>;
  readonly words: readonly string[];
}

/** Sockets spread over worker processes. */
export interface Swarm {
  readonly processes: readonly MeasuredProcess[];
  /** Resolves with words when a worker ends without being asked to. */
  readonly died: Promise<string>;
  sample(): Promise<SwarmSample>;
  churn(on: boolean): Promise<void>;
  /** Slow sockets begin to read slowly, or to read all that comes. */
  slow(on: boolean): Promise<void>;
  /** The furthest that any socket has come, by symbol. */
  furthest(): Promise<Standings>;
  /** How many sockets and symbols are not there yet; with `tell`, each counts as a violation. */
  behind(standings: Standings, tell: boolean): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the workers, which begin to open their sockets. */
export async function startSwarm(
  scenario: SwarmScenario,
  target: Target,
  execArgv: readonly string[] = [],
): Promise<Swarm> {
  const orders = ordersOf(scenario, target);
  const workers = orders.map((_, index) => startWorker(`swarm worker ${index + 1}`, execArgv));
  await Promise.all(workers.map((worker, index) => worker.ask(orders[index] as WorkerOrder)));
  const merge = async (ask: (worker: WorkerProcess) => Promise<Standings>): Promise<Standings> =>
    mergeStandings(await Promise.all(workers.map(ask)));
  return {
    processes: workers.map(({ pid }, index) => ({ name: `swarm ${index + 1}`, kind: 'swarm' as const, pid })),
    died: Promise.race(workers.map((worker) => worker.died)),
    sample: async () => merged(await Promise.all(workers.map((worker) => worker.ask({ ask: 'sample' })))),
    async churn(on) {
      await Promise.all(workers.map((worker) => worker.ask({ ask: 'churn', on })));
    },
    async slow(on) {
      await Promise.all(workers.map((worker) => worker.ask({ ask: 'slow', on })));
    },
    furthest: () => merge((worker) => worker.ask({ ask: 'furthest' })),
    async behind(standings, tell) {
      const question = { ask: 'behind', standings, tell } as const;
      const counts = await Promise.all(workers.map((worker) => worker.ask(question)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop()));
    },
  };
}

/** The part of a scenario that the workers need; benches make their own, and may ask for more. */
export type SwarmScenario = {
  readonly symbols: SymbolChoice;
  readonly slowAtFirst?: boolean;
  readonly since?: Readonly<Record<string, Position>>;
} & Pick<
  Scenario,
  | 'sockets'
  | 'rampPerSecond'
  | 'symbolsPerSocket'
  | 'seed'
  | 'frequency'
  | 'slow'
  | 'churn'
  | 'reconnect'
  | 'workers'
>;

function ordersOf(scenario: SwarmScenario, target: Target): WorkerOrder[] {
  const { sockets, symbolsPerSocket, workers } = scenario;
  const { catalogue, endpoints, dialect } = target;
  if (symbolsPerSocket > catalogue.length)
    throw new SwarmError(
      `"symbolsPerSocket" is ${symbolsPerSocket}, but the hub knows ${catalogue.length} symbols only`,
    );
  const random = createSeededRandom(scenario.seed);
  const choices = chooseSymbols(scenario.symbols, sockets, symbolsPerSocket, catalogue.length, random);
  const share = Math.ceil(sockets / workers);
  const addresses = Math.ceil(share / socketsPerAddress);
  const loopback = endpoints.every(({ host }) => host.startsWith('127.'));
  const orders: WorkerOrder[] = [];
  for (let first = 0; first < sockets; first += share) {
    const count = Math.min(share, sockets - first);
    const part = count / sockets;
    orders.push({
      ask: 'open',
      dialect,
      endpoints,
      firstSocket: first,
      catalogue,
      symbolsPerSocket,
      choices: choices.slice(first * symbolsPerSocket, (first + count) * symbolsPerSocket),
      firstAddress: loopback ? 2 + orders.length * addresses : undefined,
      frequencyMs: scenario.frequency,
      socketsPerSecond: scenario.rampPerSecond * part,
      slowSockets: Math.round((scenario.slow?.share ?? 0) * count),
      slowBytesPerSecond: scenario.slow?.bytesPerSecond ?? 1,
      slowAtFirst: scenario.slowAtFirst ?? true,
      since: scenario.since,
      churnPerSecond: (scenario.churn?.reconnectsPerSecond ?? 0) * part,
      comesBack: scenario.reconnect,
    });
  }
  return orders;
}

function merged(samples: readonly WorkerSample[]): SwarmSample {
  const counts = noCounts();
  const violations: Partial<Record<ViolationKind, number>> = {};
  let subscribed = 0;
  for (const sample of samples) {
    subscribed += sample.subscribed;
    addCounts(counts, sample.counts);
    for (const [kind, count] of Object.entries(sample.violations) as [ViolationKind, number][])
      violations[kind] = (violations[kind] ?? 0) + count;
  }
  const latencies = samples.flatMap((sample) => sample.latencies);
  const answers = samples.flatMap((sample) => sample.answers);
  const words = samples.flatMap((sample) => sample.words);
  return { subscribed, counts, latencies, answers, violations, words };
}

/** Adds to `sum`. */
export function addCounts(sum: SwarmCounts, { resets, ...counts }: SwarmCounts): void {
  for (const [name, count] of Object.entries(counts) as [keyof typeof counts, number][]) sum[name] += count;
  for (const [reason, count] of Object.entries(resets) as [keyof typeof resets, number][])
    sum.resets[reason] += count;
}

/** The furthest of each symbol. */
export function mergeStandings(all: readonly Standings[]): Standings {
  const merged = new Map<string, number>();
  for (const standings of all)
    for (const [symbol, seq] of standings) if (seq > (merged.get(symbol) ?? -1)) merged.set(symbol, seq);
  return merged;
}
