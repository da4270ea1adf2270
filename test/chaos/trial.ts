import { monitorEventLoopDelay } from 'node:perf_hooks';
import { median } from '#loadtest/bench/harness/statistics.ts';
import { heartbeatMs, type TestCluster } from './test-cluster.ts';
import { type Findings, noFindings, type User } from './user.ts';

/** Something that has to hold in a scenario, beyond the invariant. */
export interface Promised {
  readonly text: string;
  /** For people, with its unit. */
  readonly measured: string;
  readonly held: boolean;
}

/** What a scenario measured. Times in ms, memory in bytes. */
export interface TrialResult {
  readonly users: number;
  readonly seconds: number;
  readonly findings: Findings;
  /** Losses that all users together were told of, by reason. */
  readonly resets: Readonly<Record<string, number>>;
  /** Users that had a stall above `stalledMs`. */
  readonly stalled: number;
  /** The longest stall of each user; of those that had one above `stalledMs`, the median. */
  readonly stallMedianMs: number;
  readonly stallMaxMs: number;
  /** From the fault to the end of the last stall, of those that had one. */
  readonly liveMedianMs: number;
  readonly liveMaxMs: number;
  /** The longest stall of any user in the second before the fault: what the machine does by itself. */
  readonly calmStallMs: number;
  /** The longest time that the suite itself was held up. */
  readonly ownLagMs: number;
  readonly hubBytes: readonly [before: number, after: number];
  readonly feedBytes: readonly [before: number, after: number];
  readonly promised: readonly Promised[];
}

/** Shorter ones are not counted as stalls. */
export const stalledMs = 250;
const calmMs = 1500;
/** For back-off, hubs that start, and a busy machine. */
const recoveryTimeoutMs = 2 * heartbeatMs + 30_000;

/** One fault: what the users saw of it. */
export class Trial {
  readonly testCluster: TestCluster;
  readonly #promised: Promised[] = [];
  #faultAt = 0;

  private constructor(testCluster: TestCluster) {
    this.testCluster = testCluster;
  }

  /**
   * Runs `inject` on a test cluster whose users are all live, and waits until they all are again.
   * @throws Error when they are not
   */
  static async run(testCluster: TestCluster, inject: (trial: Trial) => Promise<void>): Promise<TrialResult> {
    const trial = new Trial(testCluster);
    await testCluster.balancer.level();
    await testCluster.allLive(recoveryTimeoutMs);
    const lag = monitorEventLoopDelay({ resolution: 10 });
    const startedAt = performance.now();
    const before = trial.#totals();
    lag.enable();
    await new Promise((resolve) => setTimeout(resolve, calmMs));
    const calmStallMs = longest(testCluster.clients.users, startedAt, performance.now());
    trial.#faultAt = performance.now();
    await inject(trial);
    await testCluster.allLive(recoveryTimeoutMs);
    const endedAt = performance.now();
    lag.disable();
    await testCluster.witness.readStreams();
    const after = trial.#totals();
    return {
      users: testCluster.clients.users.length,
      seconds: (endedAt - startedAt) / 1000,
      findings: difference(after.findings, before.findings),
      resets: risen(after.resets, before.resets),
      ...trial.#stalls(endedAt),
      calmStallMs,
      ownLagMs: lag.max / 1e6,
      hubBytes: [before.hubBytes, after.hubBytes],
      feedBytes: [before.feedBytes, after.feedBytes],
      promised: trial.#promised,
    };
  }

  /** The fault begins now; without this call it began with `inject`. Returns ms of `performance.now()`. */
  fault(): number {
    this.#faultAt = performance.now();
    return this.#faultAt;
  }

  /** Notes what has to hold. */
  promise(text: string, measured: string, held: boolean): void {
    this.#promised.push({ text, measured, held });
  }

  /** Notes a time that has to be short. */
  promiseWithin(text: string, measuredMs: number, limitMs: number): void {
    this.promise(`${text} ≤ ${limitMs} ms`, `${Math.round(measuredMs)} ms`, measuredMs <= limitMs);
  }

  /** From `since` to the end of each user's last stall, for those that had one since the fault. */
  recoveries(since: number, users: readonly User[] = this.testCluster.clients.users): number[] {
    const now = performance.now();
    return users
      .map(({ arrivals }) => arrivals.liveAgainAt(this.#faultAt, now, stalledMs))
      .filter((at) => at !== undefined)
      .map((at) => Math.max(0, at - since));
  }

  /** The longest stall of any of these users since the fault. */
  longestStallMs(users: readonly User[]): number {
    return longest(users, this.#faultAt, performance.now());
  }

  #totals() {
    const { testCluster } = this;
    return {
      findings: testCluster.clients.findings(),
      resets: { ...testCluster.clients.resets },
      hubBytes: testCluster.hubBytes(),
      feedBytes: testCluster.feedBytes(),
    };
  }

  #stalls(endedAt: number) {
    const { users } = this.testCluster.clients;
    const all = users.map(({ arrivals }) => arrivals.longestStallMs(this.#faultAt, endedAt));
    const stalls = all.filter((ms) => ms > stalledMs);
    const live = this.recoveries(this.#faultAt);
    return {
      stalled: stalls.length,
      stallMedianMs: medianMs(stalls),
      stallMaxMs: Math.max(0, ...all),
      liveMedianMs: medianMs(live),
      liveMaxMs: Math.max(0, ...live),
    };
  }
}

/** Of nobody, nobody waited: 0. */
export function medianMs(times: readonly number[]): number {
  return times.length === 0 ? 0 : median(times);
}

function longest(users: readonly User[], from: number, to: number): number {
  return Math.max(0, ...users.map(({ arrivals }) => arrivals.longestStallMs(from, to)));
}

/** What is above 0 of the differences. */
function risen(
  after: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): Record<string, number> {
  const differences = Object.entries(after).map(
    ([name, count]) => [name, count - (before[name] ?? 0)] as const,
  );
  return Object.fromEntries(differences.filter(([, count]) => count > 0));
}

function difference(after: Findings, before: Findings): Findings {
  const result = noFindings();
  for (const kind of ['gaps', 'duplicates', 'disorder', 'other'] as const)
    result[kind] = after[kind] - before[kind];
  return result;
}
