import { CommandLineError } from '#runtime/command-line.ts';
import {
  defaults,
  type Parameters,
  parameterHelp,
  readParameters,
  type ScenarioName,
  scenarioNames,
} from './parameters.ts';

/** What `npm run k6` or `npm run artillery` was asked for. */
export interface ToolCommand {
  readonly scenario: ScenarioName;
  readonly parameters: Parameters;
  /** What `-e` gave, by name. */
  readonly given: Readonly<Record<string, string>>;
  /** For the tool itself. */
  readonly passedOn: readonly string[];
}

/**
 * @param args e.g. `['smoke', '-e', 'SOCKETS=20', '--out', 'json=k6.json']`
 * @throws CommandLineError with every problem
 */
export function parseCommand(args: readonly string[]): ToolCommand {
  const [name, ...rest] = args;
  const scenario = scenarioNames.find((known) => known === name);
  if (scenario === undefined) {
    const what = name === undefined ? 'no scenario was named' : `there is no scenario ${name}`;
    throw new CommandLineError(`${what}: name one of ${scenarioNames.join(', ')}`);
  }
  const given: Record<string, string> = {};
  const problems: string[] = [];
  const passedOn: string[] = [];
  for (let i = 0; i < rest.length; i++) {
    const text = rest[i] ?? '';
    if (text === '-e' || text === '--env') readAssignment(rest[++i], given, problems);
    else passedOn.push(text);
  }
  const read = readParameters(scenario, given);
  if (!read.ok) problems.push(...read.problems);
  if (!read.ok || problems.length > 0) throw new CommandLineError(problems.join('\n'));
  return { scenario, parameters: read.parameters, given, passedOn };
}

/** @param tool `k6` or `artillery` */
export function usageOf(tool: string): string {
  const scenarios = scenarioNames.map((name) => {
    const { SOCKETS, DURATION } = defaults[name];
    return `  ${name.padEnd(18)} ${SOCKETS} sockets, ${DURATION}`;
  });
  const parameters = Object.entries(parameterHelp).map(([name, help]) => `  ${name.padEnd(18)} ${help}`);
  return [
    `Usage: npm run ${tool} -- SCENARIO [-e NAME=VALUE]... [options of ${tool}]`,
    ...['', 'Scenarios', ...scenarios, '', 'Parameters', ...parameters],
  ].join('\n');
}

function readAssignment(text: string | undefined, given: Record<string, string>, problems: string[]): void {
  const [, name, value] = /^([^=]+)=(.+)$/s.exec(text ?? '') ?? [];
  if (name === undefined || value === undefined)
    problems.push(`-e ${text ?? ''} must be NAME=VALUE, e.g. -e SOCKETS=20`);
  else if (parameterHelp[name] === undefined)
    problems.push(`-e ${name} is no parameter: take one of ${Object.keys(parameterHelp).join(', ')}`);
  else given[name] = value;
}
