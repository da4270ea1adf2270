import type { Scenario } from './scenario.ts';
import { Stage, type StageOptions, stageDefaults } from './stage.ts';
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
  stage(text: string): void;
  begun(scenario: Scenario): void;
  ended(outcome: Outcome): void;
}

/**
 * Runs the scenarios, those that can on one stage after each other, since a real one has more than one bad day.
 * @param defaults of stages, where a scenario does not ask for its own
 */
export async function runScenarios(
  scenarios: readonly Scenario[],
  progress: Progress,
  defaults: Partial<StageOptions> = {},
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const group of groupsOf(scenarios)) outcomes.push(...(await runGroup(group, progress, defaults)));
  return outcomes;
}

async function runGroup(
  group: readonly Scenario[],
  progress: Progress,
  defaults: Partial<StageOptions>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let stage: Stage | undefined;
  for (const scenario of group) {
    stage ??= await openStage(scenario, progress, defaults);
    progress.begun(scenario);
    const outcome = await runOne(stage, scenario);
    progress.ended(outcome);
    outcomes.push(outcome);
    if (outcome.result !== undefined) continue;
    // What did not recover must not be held against the next fault.
    await stage.close();
    stage = undefined;
  }
  if (stage !== undefined) await closeStage(stage, outcomes, progress);
  return outcomes;
}

async function openStage(
  { redis, stage }: Scenario,
  progress: Progress,
  defaults: Partial<StageOptions>,
): Promise<Stage> {
  const options: StageOptions = { ...stageDefaults, ...defaults, redis, ...stage };
  progress.stage(
    `${redis}: ${options.hubs} hubs, ${options.users} clients, ${options.ticksPerSecond} ticks per second`,
  );
  return Stage.open(options);
}

async function runOne(stage: Stage, scenario: Scenario): Promise<Outcome> {
  try {
    const result = await Trial.run(stage, async (trial) => {
      await scenario.run(trial);
      await stage.redis.healthy();
    });
    return { scenario, result, failures: failuresOf(result, stage) };
  } catch (error) {
    const { message, cause } = error as Error;
    const because = cause instanceof Error ? `: ${cause.message}` : '';
    return { scenario, failures: [`${message}${because}`, ...stage.crowd.texts().slice(0, 5)] };
  }
}

function failuresOf({ findings, promised }: TrialResult, stage: Stage): string[] {
  const found = Object.values(findings).some((count) => count > 0) ? stage.crowd.texts().slice(-5) : [];
  const broken = promised.filter(({ held }) => !held);
  return [...found, ...broken.map(({ text, measured }) => `${text}: ${measured}`)];
}

/** The last word of a stage: with publishing over, every user holds everything, and nothing that was not published. */
async function closeStage(stage: Stage, outcomes: Outcome[], progress: Progress): Promise<void> {
  const before = stage.crowd.findings();
  try {
    await stage.finish();
    const after = stage.crowd.findings();
    const found = Object.keys(after).filter((kind) => after[kind as 'gaps'] !== before[kind as 'gaps']);
    if (found.length > 0) throw new Error(stage.crowd.texts().slice(-3).join('; '));
    progress.stage('at the end every client holds everything that was published');
  } catch (error) {
    const last = outcomes.pop();
    const failure = `at the end of the stage: ${(error as Error).message}`;
    progress.stage(failure);
    if (last !== undefined) outcomes.push({ ...last, failures: [...last.failures, failure] });
  } finally {
    await stage.close();
  }
}

/** Neighbours that need the same stage. */
function groupsOf(scenarios: readonly Scenario[]): Scenario[][] {
  const groups: Scenario[][] = [];
  for (const scenario of scenarios) {
    const group = groups.at(-1);
    const [first] = group ?? [];
    const fits = first?.redis === scenario.redis && first.stage === undefined && scenario.stage === undefined;
    if (group !== undefined && fits) group.push(scenario);
    else groups.push([scenario]);
  }
  return groups;
}
