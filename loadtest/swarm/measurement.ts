import type { Histogram } from 'hdr-histogram-js';
import { latencyHistogram, recordPairs } from './counting/latency-histogram.ts';
import type { ViolationKind } from './counting/ledger.ts';
import { processCpuSeconds, processResidentBytes } from './process-usage.ts';
import { addCounts, type SwarmSample } from './swarm.ts';
import type { MeasuredProcess } from './target/target.ts';
import { noCounts } from './worker/socket-pool.ts';
import type { SwarmCounts } from './worker/worker-messages.ts';

/** One second of a run. */
export interface Second {
  /** Since the sockets began to open. */
  readonly atSeconds: number;
  readonly measured: boolean;
  readonly subscribed: number;
  readonly updatesPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly maxMs: number;
  readonly resets: number;
  /** Connections that the hub closed or that did not come to be. */
  readonly closed: number;
  /** Cores by process. */
  readonly cores: Readonly<Record<string, number>>;
}

/** What a process used in the measured time. */
export interface ProcessUsage extends MeasuredProcess {
  readonly cpuSeconds: number;
  readonly cores: number;
  readonly residentBytes: number;
}

/** Everything of a run that adds up: the swarm's samples, and what the processes use. */
export class Measurement {
  readonly seconds: Second[] = [];
  /** Of the measured time. */
  readonly counts: SwarmCounts = noCounts();
  readonly latencies: Histogram = latencyHistogram();
  /** Of the whole run, as are the words. */
  readonly violations: Partial<Record<ViolationKind, number>> = {};
  readonly words: string[] = [];
  problems = 0;
  /** Why it could not go on to the end of the scenario. */
  endedEarly: string | undefined;
  /** Symbols that had to be asked for again, each time counted. */
  refused = 0;
  measuredSeconds = 0;
  readonly #processes: readonly MeasuredProcess[];
  readonly #began = performance.now();
  #lastAt = performance.now();
  /** CPU seconds by pid at the last sample. */
  #lastCpu: Map<number, number>;
  /** CPU seconds by pid in the measured time. */
  readonly #measuredCpu = new Map<number, number>();
  readonly #resident = new Map<number, number>();

  constructor(processes: readonly MeasuredProcess[]) {
    this.#processes = processes;
    this.#lastCpu = cpuOf(processes);
  }

  /** @param measured whether it counts for the result, or belongs to the ramp or the warm-up */
  add(sample: SwarmSample, measured: boolean): Second {
    const now = performance.now();
    const elapsed = (now - this.#lastAt) / 1000;
    this.#lastAt = now;
    const histogram = latencyHistogram();
    recordPairs(histogram, sample.latencies);
    this.#addFindings(sample);
    const cores = this.#addCpu(elapsed, measured);
    if (measured) {
      addCounts(this.counts, sample.counts);
      this.latencies.add(histogram);
      this.measuredSeconds += elapsed;
    }
    const second: Second = {
      atSeconds: (now - this.#began) / 1000,
      measured,
      subscribed: sample.subscribed,
      updatesPerSecond: sample.counts.updates / elapsed,
      p50: histogram.getValueAtPercentile(50),
      p99: histogram.getValueAtPercentile(99),
      maxMs: histogram.maxValue,
      resets: Object.values(sample.counts.resets).reduce((sum, count) => sum + count, 0),
      closed: sample.counts.lost + sample.counts.failed,
      cores,
    };
    this.seconds.push(second);
    return second;
  }

  /** In the measured time. */
  usage(): ProcessUsage[] {
    return this.#processes.map((process) => {
      const cpuSeconds = this.#measuredCpu.get(process.pid) ?? 0;
      const cores = this.measuredSeconds > 0 ? cpuSeconds / this.measuredSeconds : 0;
      return { ...process, cpuSeconds, cores, residentBytes: this.#resident.get(process.pid) ?? 0 };
    });
  }

  #addFindings({ violations, words, counts }: SwarmSample): void {
    for (const [kind, count] of Object.entries(violations) as [ViolationKind, number][])
      this.violations[kind] = (this.violations[kind] ?? 0) + count;
    this.words.push(...words);
    this.problems += counts.problems;
    this.refused += counts.refused;
  }

  #addCpu(elapsed: number, measured: boolean): Record<string, number> {
    const cpu = cpuOf(this.#processes);
    const cores: Record<string, number> = {};
    for (const { name, pid } of this.#processes) {
      const used = Math.max((cpu.get(pid) ?? 0) - (this.#lastCpu.get(pid) ?? 0), 0);
      cores[name] = used / elapsed;
      if (measured) this.#measuredCpu.set(pid, (this.#measuredCpu.get(pid) ?? 0) + used);
      const resident = processResidentBytes(pid);
      if (resident !== undefined) this.#resident.set(pid, resident);
    }
    this.#lastCpu = cpu;
    return cores;
  }
}

function cpuOf(processes: readonly MeasuredProcess[]): Map<number, number> {
  return new Map(processes.map(({ pid }) => [pid, processCpuSeconds(pid) ?? 0]));
}
