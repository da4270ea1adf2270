import { spawn } from 'node:child_process';
import { startStage } from '#loadtest/swarm/target/stage.ts';
import type { Target } from '#loadtest/swarm/target/target.ts';
import { catalogueUrl, chooseSymbols } from './catalogue.ts';
import type { ToolCommand } from './command.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A program that runs the scenarios. */
export interface Tool {
  /** As in `npm run NAME`. */
  readonly name: string;
  /** One line that says what to do when the program is not here; undefined when it is. */
  missing(): string | undefined;
  /** How it is started. @param target what TARGET is, now that there is one */
  invocation(command: ToolCommand, target: string): Invocation;
}

/** How a tool's program is started. */
export interface Invocation {
  readonly file: string;
  readonly args: readonly string[];
  /** Beside what the wrapper's own environment has. */
  readonly environment: Environment;
}

/** One run of a tool: what was asked for, and where it happens. */
export interface ToolRun {
  readonly command: ToolCommand;
  readonly environment: Environment;
  /** Takes a line of ours; the tool writes by itself. */
  readonly say: (line: string) => void;
}

/** The tool is not there. */
const missingExitCode = 2;
/** A local Tickwire as `npm start` has it, but in processes of their own, joined by Redis. */
const localStage = {
  hubs: 1,
  hubSettings: {},
  feed: { symbols: 100, ticksPerSecond: 200, settings: {} },
  redis: { config: [] },
};

/**
 * Runs one scenario against TARGET, or against a Tickwire that it starts and stops. Resolves with the exit code:
 * the tool's own, which is not 0 when a threshold is crossed.
 */
export async function runTool(tool: Tool, { command, environment, say }: ToolRun): Promise<number> {
  const missing = tool.missing();
  if (missing !== undefined) {
    say(missing);
    return missingExitCode;
  }
  if (command.given.TARGET !== undefined)
    return against(tool, command, command.given.TARGET, environment, say);
  say('No TARGET is given: starting Redis, a feed and a hub on this machine …');
  const stage = await startStage(localStage, 'json');
  let isOver = false;
  void stage.died.then((how) => {
    if (!isOver) say(`${how}: what follows is measured without it`);
  });
  try {
    return await against(tool, command, addressOf(stage), environment, say);
  } finally {
    isOver = true;
    await stage.stop();
  }
}

function addressOf({ endpoints }: Target): string {
  return endpoints.map(({ host, port }) => `ws://${host}:${port}/ws`).join(',');
}

async function against(
  tool: Tool,
  command: ToolCommand,
  target: string,
  environment: Environment,
  say: (line: string) => void,
): Promise<number> {
  const problem = await hubProblem(target, command.parameters.symbols);
  if (problem === undefined) return invoke(tool.invocation(command, target), environment);
  say(problem);
  return 1;
}

/** Asks before the tool does, for both to say it in the same words. */
async function hubProblem(target: string, symbols: readonly string[] | number): Promise<string | undefined> {
  try {
    for (const each of target.split(',')) {
      const url = catalogueUrl(each);
      const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
      chooseSymbols(url, await answer?.text(), symbols);
    }
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function invoke({ file, args, environment: own }: Invocation, environment: Environment): Promise<number> {
  const child = spawn(file, args, { stdio: 'inherit', env: { ...environment, ...own } });
  // Ctrl-C reaches the tool as well: it ends its run in good order, and then we do.
  const ignore = (): void => undefined;
  const passOn = (): void => void child.kill('SIGTERM');
  process.on('SIGINT', ignore);
  process.on('SIGTERM', passOn);
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  }).finally(() => {
    process.off('SIGINT', ignore);
    process.off('SIGTERM', passOn);
  });
}
