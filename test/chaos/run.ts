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
  /** All scenarios of a stage are over, and with it their last word is said. */
  closed(outcomes: readonly Outcome[]): void;
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
  defaults: Partial<StageOptions>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let stage: Stage | undefined;
  for (const scenario of group) {
    progress.begun(scenario);
    const opened = stage ?? (await openStage(scenario, progress, defaults));
    const outcome = opened instanceof Stage ? await runOne(opened, scenario) : opened;
    progress.ended(outcome);
    outcomes.push(outcome);
    if (outcome.result === undefined && opened instanceof Stage) await opened.close();
    // What did not recover must not be held against the next fault.
    stage = outcome.result !== undefined && opened instanceof Stage ? opened : undefined;
  }
  if (stage !== undefined) await closeStage(stage, outcomes, progress);
  return outcomes;
}

/** The scenario's failure where the stage does not come about: the others may have more luck. */
async function openStage(
  scenario: Scenario,
  progress: Progress,
  defaults: Partial<StageOptions>,
): Promise<Stage | Outcome> {
  const { redis, stage } = scenario;
  const options: StageOptions = { ...stageDefaults, ...defaults, redis, ...stage };
  progress.stage(
    `${redis}: ${options.hubs} hubs, ${options.users} clients, ${options.ticksPerSecond} ticks per second`,
  );
  return Stage.open(options).catch((error: unknown) => ({ scenario, failures: [inWords(error)] }));
}

async function runOne(stage: Stage, scenario: Scenario): Promise<Outcome> {
  try {
    const result = await Trial.run(stage, async (trial) => {
      await scenario.run(trial);
      await stage.redis.healthy();
    });
    return { scenario, result, failures: failuresOf(result, stage) };
  } catch (error) {
    return { scenario, failures: [inWords(error), ...stage.crowd.texts().slice(0, 5)] };
  }
}

function inWords(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
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
export function groupsOf(scenarios: readonly Scenario[]): Scenario[][] {
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
