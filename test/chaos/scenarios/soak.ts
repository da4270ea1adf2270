import { median } from '#loadtest/bench/harness/statistics.ts';
import { processResidentBytes } from '#loadtest/swarm/process-usage.ts';
import type { Scenario } from '#test/chaos/scenario.ts';
import type { TestCluster } from '#test/chaos/test-cluster.ts';
import { lasts, within } from '#test/chaos/timed.ts';
import type { Trial } from '#test/chaos/trial.ts';
import { readMetrics } from '#test/harness/metrics-page.ts';

const sampleMs = 5000;
/** What RSS, and what is in use at least, may grow by from the second quarter of the time to the last one. */
const growthMax = 0.05;

/** tsx first, which reads the other. */
const collected = ['--import', 'tsx', '--import', './test/chaos/collected-heap.ts'];
const feedArguments = ['--max-semi-space-size=4', '--heap-growing-percent=20', ...collected];

/** Of one process, a value per sample; in bytes. */
interface Samples {
  readonly resident: number[];
  /** In use in the heap and outside of it; of a hub with what the collector has still to find. */
  readonly used: number[];
}

/** @param soakMs how long it takes */
export function soakScenario(soakMs: number): Scenario {
  return {
    name: 'soak',
    fault: `${Math.round(soakMs / 60_000)} minutes of load, with 5 % of the clients cut off every 5 s`,
    remark:
      'All garbage of the adapters is collected every 10 s here, so that leaks show and garbage does not: without that a standby, ' +
      'which allocates little, swings between 19 and 28 MiB for tens of minutes. Collected, it stays at 20 MiB. ' +
      'The stalls of this run are those of a busy machine.',
    redis: 'standalone',
    seconds: soakMs / 1000,
    // Streams that are full soon, so that Redis, too, can be looked at.
    testCluster: { replayEntries: 100, feedArguments },
    async run(trial) {
      const { testCluster } = trial;
      const processes = processesOf(testCluster).map((of) => ({
        ...of,
        samples: { resident: [], used: [] },
      }));
      const beganAt = trial.fault();
      for (let turn = 0; performance.now() - beganAt < soakMs; turn++) {
        const { proxy } = testCluster.balancer;
        proxy.reset([...proxy.links].filter((_, i) => i % 20 === turn % 20));
        await lasts(Math.min(sampleMs, soakMs / 8));
        await Promise.all(processes.map(({ process, samples }) => take(process, samples)));
      }
      for (const { name, samples } of processes) promiseFlat(trial, name, samples);
    },
  };
}

function processesOf({ hubs, feeds }: TestCluster) {
  return [
    ...hubs.map(({ process }, i) => ({ name: `hub ${i + 1}`, process })),
    ...feeds.map(({ process }, i) => ({ name: `adapter ${i + 1}`, process })),
  ];
}

async function take(
  process: { readonly pid: number; readonly operationsPort: number },
  { resident, used }: Samples,
): Promise<void> {
  resident.push(processResidentBytes(process.pid) ?? 0);
  const page = await within(sampleMs, readMetrics(process));
  if (page === undefined) return; // it is held up; the next sample will do
  used.push(page.value('nodejs_heap_size_used_bytes') + page.value('nodejs_external_memory_bytes'));
}

function promiseFlat(trial: Trial, name: string, { resident, used }: Samples): void {
  promiseGrowth(trial, `RSS of ${name}`, quarters(resident).map(median));
  const least = quarters(used).map((bytes) => Math.min(...bytes));
  promiseGrowth(trial, `what ${name} has in use at least`, least);
}

/** Without the first: a process takes its time to have everything that it needs. */
function quarters(bytes: readonly number[]): number[][] {
  const size = Math.floor(bytes.length / 4);
  return [1, 2, 3].map((quarter) => bytes.slice(quarter * size, (quarter + 1) * size));
}

function promiseGrowth(trial: Trial, what: string, bytes: readonly number[]): void {
  const [early = 0, late = 0] = [bytes.at(0), bytes.at(-1)];
  const growth = late / early - 1;
  const measured = `${mebibytes(early)} → ${mebibytes(late)} MiB (${(100 * growth).toFixed(1)} %)`;
  trial.promise(`${what} grows by ≤ ${100 * growthMax} %`, measured, growth <= growthMax);
}

function mebibytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(0);
}
