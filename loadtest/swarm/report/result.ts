import type { ViolationKind } from '#loadtest/swarm/counting/ledger.ts';
import type { Measurement, ProcessUsage, Second } from '#loadtest/swarm/measurement.ts';
import type { Scenario } from '#loadtest/swarm/scenario.ts';
import type { Target } from '#loadtest/swarm/target/target.ts';
import type { SwarmCounts } from '#loadtest/swarm/worker/worker-messages.ts';

/** What a run measured, and whether it holds; as it stands in report.json. */
export interface Result {
  readonly scenario: Scenario;
  /** When the run ended, ISO 8601. */
  readonly date: string;
  readonly measuredSeconds: number;
  readonly counts: SwarmCounts;
  readonly updatesPerSecond: number;
  /** Undefined when the feed's rate is not known. */
  readonly expectedPerSecond: number | undefined;
  readonly updatesPerRead: number;
  readonly latencyMs: Readonly<Record<'p50' | 'p90' | 'p99' | 'p99.9' | 'max', number>>;
  readonly processes: readonly ProcessUsage[];
  readonly hubCpuSecondsPerMillion: number;
  readonly violations: Readonly<Partial<Record<ViolationKind, number>>>;
  /** Times that a symbol had to be asked for again, in the whole run. */
  readonly refused: number;
  /** Why the run failed, a line each; empty = it holds. */
  readonly failures: readonly string[];
  readonly seconds: readonly Second[];
}

/** The result of a run: its figures, and what the scenario asked for and did not get. */
export function judge(scenario: Scenario, target: Target, measurement: Measurement): Result {
  const { counts, latencies, measuredSeconds, violations } = measurement;
  const perSecond = measuredSeconds > 0 ? counts.updates / measuredSeconds : 0;
  const processes = measurement.usage();
  const hubCpu = processes.filter(({ kind }) => kind === 'hub').reduce((sum, hub) => sum + hub.cpuSeconds, 0);
  const result = {
    scenario,
    date: new Date().toISOString(),
    measuredSeconds,
    counts,
    updatesPerSecond: perSecond,
    expectedPerSecond: expectedPerSecond(scenario, target),
    updatesPerRead: counts.reads > 0 ? (counts.updates + counts.slowUpdates) / counts.reads : 0,
    latencyMs: {
      p50: latencies.getValueAtPercentile(50),
      p90: latencies.getValueAtPercentile(90),
      p99: latencies.getValueAtPercentile(99),
      'p99.9': latencies.getValueAtPercentile(99.9),
      max: latencies.maxValue,
    },
    processes,
    hubCpuSecondsPerMillion: counts.updates > 0 ? (hubCpu * 1e6) / counts.updates : 0,
    violations,
    refused: measurement.refused,
    seconds: measurement.seconds,
  };
  return { ...result, failures: failuresOf(result, measurement) };
}

/** What a run without failures held, a line each. */
export function promisesOf({ scenario, latencyMs, counts }: Result): string[] {
  const { deliveredShareMin, p99MaxMs } = scenario;
  const updates = counts.updates.toLocaleString('en-US');
  return [
    `each of ${updates} updates joins on to the one before: no gap, repeat or overlap that was not told`,
    `at least ${Math.round(deliveredShareMin * 100)} % of what was expected came, and no process died`,
    ...(p99MaxMs === undefined ? [] : [`p99 is at most ${p99MaxMs} ms: ${latencyMs.p99} ms`]),
  ];
}

/** Of the sockets that are not slow. */
function expectedPerSecond(
  { sockets, symbolsPerSocket, frequency, slow, workers }: Scenario,
  { updatesPerSymbol }: Target,
): number | undefined {
  if (updatesPerSymbol === undefined) return undefined;
  const share = Math.ceil(sockets / workers);
  let fast = 0;
  for (let first = 0; first < sockets; first += share) {
    const count = Math.min(share, sockets - first);
    fast += count - Math.round((slow?.share ?? 0) * count);
  }
  const rate = frequency === 0 ? updatesPerSymbol : Math.min(updatesPerSymbol, 1000 / frequency);
  return fast * symbolsPerSocket * rate;
}

/** One line when the run ended early: what else is wrong follows from that. */
function failuresOf(result: Omit<Result, 'failures'>, measurement: Measurement): string[] {
  const { words, problems, endedEarly } = measurement;
  if (endedEarly !== undefined) return [`the run ended early: ${endedEarly}`];
  const { scenario, violations, updatesPerSecond, expectedPerSecond, latencyMs } = result;
  const failures: string[] = [];
  const kinds = Object.entries(violations);
  if (kinds.length > 0)
    failures.push(`the oracle found ${kinds.map(([kind, count]) => `${count} × ${kind}`).join(', ')}`);
  if (problems > 0) failures.push(`${problems} problem${problems === 1 ? '' : 's'} on the way`);
  failures.push(...words.map((line) => `  ${line}`));
  if (expectedPerSecond !== undefined && updatesPerSecond < scenario.deliveredShareMin * expectedPerSecond)
    failures.push(
      `${Math.round(updatesPerSecond)} updates/s came of the ${Math.round(expectedPerSecond)} expected, less than ${scenario.deliveredShareMin} of them`,
    );
  if (scenario.p99MaxMs !== undefined && latencyMs.p99 > scenario.p99MaxMs)
    failures.push(`p99 was ${latencyMs.p99} ms, more than ${scenario.p99MaxMs} ms`);
  return failures;
}
