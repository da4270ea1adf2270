import type { Result } from '#loadtest/swarm/report/result.ts';
import type { Growth, Step } from './plan.ts';

/** What one run measured, as it stands in `docs/benchmarks/growth.json`. */
export interface Point {
  readonly growth: Growth;
  readonly line: string;
  readonly x: number;
  readonly hubs: number;
  readonly sockets: number;
  /** Frequency class, 0 = every update. */
  readonly frequencyMs: number;
  /** That the adapter appends. */
  readonly ticksPerSecond: number;
  /** Symbols that somebody wants, of each hub, added up; how many are to be expected of sockets that choose at random. */
  readonly symbolsWanted: number;
  /** Ticks that all hubs together receive, by the same expectation. */
  readonly receivedPerSecond: number;
  /** CPU seconds by second, of all hub processes; of Redis; of the adapter. */
  readonly hubCores: number;
  readonly redisCores: number;
  readonly feedCores: number;
  readonly hubCpuSecondsPerMillion: number;
  readonly deliveriesPerSecond: number;
  readonly p99Ms: number;
  /** Resident memory of all hub processes. */
  readonly hubMebibytes: number;
  /** Why the run does not hold; empty = it does. */
  readonly failures: readonly string[];
}

/** The point of a plot that a run's result is. @throws Error where the scenario has no stage of its own */
export function pointOf({ growth, line, x, scenario }: Step, result: Result): Point {
  const { processes, measuredSeconds } = result;
  const { sockets, symbolsPerSocket, frequency: frequencyMs, target } = scenario;
  if (!('stage' in target)) throw new Error('growth brings a stage of its own');
  const { hubs, feed } = target.stage;
  const cores = (kind: string): number =>
    processes
      .filter((process) => process.kind === kind)
      .reduce((sum, { cpuSeconds }) => sum + cpuSeconds / measuredSeconds, 0);
  const hubBytes = processes
    .filter(({ kind }) => kind === 'hub')
    .reduce((sum, { residentBytes }) => sum + residentBytes, 0);
  const wanted = hubs * wantedShare(sockets / hubs, symbolsPerSocket, feed.symbols);
  return {
    ...{ growth, line, x, hubs, sockets, frequencyMs },
    ticksPerSecond: feed.ticksPerSecond,
    symbolsWanted: wanted * feed.symbols,
    receivedPerSecond: wanted * feed.ticksPerSecond,
    hubCores: cores('hub'),
    redisCores: cores('redis'),
    feedCores: cores('feed'),
    hubCpuSecondsPerMillion: result.hubCpuSecondsPerMillion,
    deliveriesPerSecond: result.updatesPerSecond,
    p99Ms: result.latencyMs.p99,
    hubMebibytes: hubBytes / 1_048_576,
    failures: result.failures,
  };
}

/** Of all symbols, the share that at least one of so many sockets wants when each chooses at random. */
export function wantedShare(sockets: number, symbolsPerSocket: number, symbols: number): number {
  return 1 - (1 - symbolsPerSocket / symbols) ** sockets;
}
