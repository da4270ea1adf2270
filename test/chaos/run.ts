import type { Scenario } from './scenario.ts';
import { TestCluster, type TestClusterOptions, testClusterDefaults } from './test-cluster.ts';
import { Trial, type TrialResult } from './trial.ts';

/** How a scenario went. */
export interface Outcome {
  readonly scenario: Scenario;
  /** Absent where the users did not all come back. */
  readonly result?: TrialResult;
  /** What did not hold, in words; empty = all held. */
  readonly failures: readonly string[];
}

export interface Progress {
  testCluster(text: string): void;
  begun(scenario: Scenario): void;
  ended(outcome: Outcome): void;
  /** All scenarios of a test cluster are over, and with it their last word is said. */
  closed(outcomes: readonly Outcome[]): void;
}

/**
 * Runs the scenarios, those that can on one test cluster after each other, since a real one has more than one bad day.
 * @param defaults of test clusters, where a scenario does not ask for its own
 */
export async function runScenarios(
  scenarios: readonly Scenario[],
  progress: Progress,
  defaults: Partial<TestClusterOptions> = {},
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const group of groupsOf(scenarios)) {
    const ended = await runGroup(group, progress, defaults);
    progress.closed(ended);
    outcomes.push(...ended);
  }
  return outcomes;
}

async function runGroup(
  group: readonly Scenario[],
  progress: Progress,
  defaults: Partial<TestClusterOptions>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let testCluster: TestCluster | undefined;
  for (const scenario of group) {
    progress.begun(scenario);
    const opened = testCluster ?? (await openTestCluster(scenario, progress, defaults));
    const outcome = opened instanceof TestCluster ? await runOne(opened, scenario) : opened;
    progress.ended(outcome);
    outcomes.push(outcome);
    if (outcome.result === undefined && opened instanceof TestCluster) await opened.close();
    // What did not recover must not be held against the next fault.
    testCluster = outcome.result !== undefined && opened instanceof TestCluster ? opened : undefined;
  }
  if (testCluster !== undefined) await closeTestCluster(testCluster, outcomes, progress);
  return outcomes;
}

/** The scenario's failure where the test cluster does not come about: the others may have more luck. */
async function openTestCluster(
  scenario: Scenario,
  progress: Progress,
  defaults: Partial<TestClusterOptions>,
): Promise<TestCluster | Outcome> {
  const { redis, testCluster } = scenario;
  const options: TestClusterOptions = { ...testClusterDefaults, ...defaults, redis, ...testCluster };
  progress.testCluster(
    `${redis}: ${options.hubs} hubs, ${options.users} clients, ${options.ticksPerSecond} ticks per second`,
  );
  return TestCluster.open(options).catch((error: unknown) => ({ scenario, failures: [inWords(error)] }));
}

async function runOne(testCluster: TestCluster, scenario: Scenario): Promise<Outcome> {
  try {
    const result = await Trial.run(testCluster, async (trial) => {
      await scenario.run(trial);
      await testCluster.redis.healthy();
    });
    return { scenario, result, failures: failuresOf(result, testCluster) };
  } catch (error) {
    return { scenario, failures: [inWords(error), ...testCluster.clients.texts().slice(0, 5)] };
  }
}

function inWords(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

function failuresOf({ findings, promised }: TrialResult, testCluster: TestCluster): string[] {
  const found = Object.values(findings).some((count) => count > 0)
    ? testCluster.clients.texts().slice(-5)
    : [];
  const broken = promised.filter(({ held }) => !held);
  return [...found, ...broken.map(({ text, measured }) => `${text}: ${measured}`)];
}

/** The last word of a test cluster: with publishing over, every user holds everything, and nothing that was not published. */
async function closeTestCluster(
  testCluster: TestCluster,
  outcomes: Outcome[],
  progress: Progress,
): Promise<void> {
  const before = testCluster.clients.findings();
  try {
    await testCluster.finish();
    const after = testCluster.clients.findings();
    const found = Object.keys(after).filter((kind) => after[kind as 'gaps'] !== before[kind as 'gaps']);
    if (found.length > 0) throw new Error(testCluster.clients.texts().slice(-3).join('; '));
    progress.testCluster('at the end every client holds everything that was published');
  } catch (error) {
    const last = outcomes.pop();
    const failure = `at the end of the testCluster: ${(error as Error).message}`;
    progress.testCluster(failure);
    if (last !== undefined) outcomes.push({ ...last, failures: [...last.failures, failure] });
  } finally {
    await testCluster.close();
  }
}

/** Neighbours that need the same test cluster. */
export function groupsOf(scenarios: readonly Scenario[]): Scenario[][] {
  const groups: Scenario[][] = [];
  for (const scenario of scenarios) {
    const group = groups.at(-1);
    const [first] = group ?? [];
    const fits =
      first?.redis === scenario.redis &&
      first.testCluster === undefined &&
      scenario.testCluster === undefined;
    if (group !== undefined && fits) group.push(scenario);
    else groups.push([scenario]);
  }
  return groups;
}
