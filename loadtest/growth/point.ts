import type { Result } from '../swarm/result.ts';
import type { Growth, Step } from './plan.ts';

/** What one run measured, as it stands in `docs/capacity/points.json`. */
export interface Point {
  readonly growth: Growth;
  readonly line: string;
  readonly x: number;
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

export function pointOf({ growth, line, x }: Step, result: Result): Point {
  const { processes, measuredSeconds } = result;
  const cores = (kind: string): number =>
    processes
      .filter((process) => process.kind === kind)
      .reduce((sum, { cpuSeconds }) => sum + cpuSeconds / measuredSeconds, 0);
  const hubBytes = processes
    .filter(({ kind }) => kind === 'hub')
    .reduce((sum, { residentBytes }) => sum + residentBytes, 0);
  return {
    growth,
    line,
    x,
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
