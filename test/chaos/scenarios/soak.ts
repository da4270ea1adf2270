import { processResidentBytes } from '#loadtest/swarm/process-usage.ts';
import { readMetrics } from '../../metrics-page.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { lasts, within } from '../timed.ts';
import { median, type Trial } from '../trial.ts';

const sampleMs = 5000;
/** What RSS, and what is in use at least, may grow by from the second quarter of the time to the last one. */
const growthMax = 0.05;

/** Of one process, a value per sample; in bytes. */
interface Samples {
  readonly resident: number[];
  /** In use in the heap and outside of it, with what the collector has still to find. */
  readonly used: number[];
}

/** @param soakMs how long it takes */
export function soakScenario(soakMs: number): Scenario {
  return {
    name: 'soak',
    fault: `${Math.round(soakMs / 60_000)} minutes of load, with 5 % of the clients cut off every 5 s`,
    remark:
      'An adapter leaks nothing: at ten times this rate two snapshots of its heap, a minute apart, had 18.1 and 18.0 MiB ' +
      '(5 of code, 5 of its text). As it is usually started, V8 lets that double before it collects all of it, and RSS ' +
      'goes from 122 to 139 MiB and back. Here the collector is kept closer, as the hub has it, so that a leak would ' +
      'show; `npm run feed` leaves that out, as it costs a fifth more CPU at 15,000 ticks per second.',
    redis: 'standalone',
    seconds: soakMs / 1000,
    // Streams that are full soon, so that Redis, too, can be looked at.
    stage: { replayEntries: 100, feedArguments: ['--max-semi-space-size=4', '--heap-growing-percent=20'] },
    async run(trial) {
      const { stage } = trial;
      const processes = processesOf(stage).map((of) => ({ ...of, samples: { resident: [], used: [] } }));
      const beganAt = trial.fault();
      for (let turn = 0; performance.now() - beganAt < soakMs; turn++) {
        const { proxy } = stage.balancer;
        proxy.reset([...proxy.links].filter((_, i) => i % 20 === turn % 20));
        await lasts(Math.min(sampleMs, soakMs / 8));
        await Promise.all(processes.map(({ process, samples }) => take(process, samples)));
      }
      for (const { name, samples } of processes) promiseFlat(trial, name, samples);
    },
  };
}

function processesOf({ hubs, feeds }: Stage) {
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
