import { anyText, oneOf } from '#runtime/command-line/declare.ts';
import { type Asked, CommandLineError } from '#runtime/command-line/read.ts';
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

/** @param tool `k6` or `artillery` */
export function commandLineOf(tool: string) {
  const scenarios = scenarioNames.map((name) => {
    const { SOCKETS, DURATION } = defaults[name];
    return `  ${name.padEnd(18)} ${SOCKETS} sockets, ${DURATION}`;
  });
  const parameters = Object.entries(parameterHelp).map(([name, help]) => `  ${name.padEnd(18)} ${help}`);
  return {
    command: `npm run ${tool}`,
    about: `Runs a scenario on ${tool}.`,
    names: { value: 'SCENARIO', about: 'what happens', each: oneOf(scenarioNames), min: 1, max: 1 },
    options: {
      env: {
        value: 'NAME=VALUE',
        short: 'e',
        about: 'sets a parameter; may stand several times',
        schema: anyText().array().default([]),
      },
    },
    passesOnTo: tool,
    notes: [['Scenarios', ...scenarios].join('\n'), ['Parameters', ...parameters].join('\n')],
    examples: [`npm run ${tool} -- smoke -e SOCKETS=20`],
  } as const;
}

/** @throws CommandLineError with every problem of the parameters */
export function toolCommand({
  names: [scenario = 'smoke'],
  options: { env },
  passedOn,
}: Asked<ReturnType<typeof commandLineOf>>): ToolCommand {
  const given: Record<string, string> = {};
  const problems: string[] = [];
  for (const text of env) readAssignment(text, given, problems);
  const read = readParameters(scenario, given);
  if (!read.ok) problems.push(...read.problems);
  if (!read.ok || problems.length > 0) throw new CommandLineError(problems.join('\n'));
  return { scenario, parameters: read.parameters, given, passedOn };
}

function readAssignment(text: string, given: Record<string, string>, problems: string[]): void {
  const [, name, value] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    problems.push(`-e ${text} must be NAME=VALUE, e.g. -e SOCKETS=20`);
  else if (parameterHelp[name] === undefined)
    problems.push(`-e ${name} is no parameter: take one of ${Object.keys(parameterHelp).join(', ')}`);
  else given[name] = value;
}
