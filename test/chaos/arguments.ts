import { CommandLineError, readCommandLine } from '#runtime/command-line.ts';

/** What the command line asks for. */
export interface ChaosArguments {
  /** Beginnings of scenarios' names; empty = all. */
  readonly names: readonly string[];
  /** The page that is written, with the figures in the folder of its name beside it; undefined = none. */
  readonly out: string | undefined;
  readonly soakMinutes: number;
  /** Only say which scenarios there are. */
  readonly list: boolean;
}

/** Where the project keeps its figures. */
export const trackedPage = 'docs/reliability.md';
const soakMinutesUsual = 10;
const soakMinutesMax = 1440;

export const usage = `Usage: npm run chaos [-- [options] [NAME …]]
  Kills, freezes and cuts off parts of a running Tickwire under load and judges what each client received.

  no NAME              every scenario
  NAME …               those whose names begin so
  --list               only says which there are, and about how long they take
  --soak-minutes N     how long the scenario soak takes; ${soakMinutesUsual} when not said
  --write              the figures go to ${trackedPage}; scenarios that were not run keep theirs
  --out FILE.md        they go to a page of your own instead

Examples
  npm run chaos -- hub-killed
  npm run chaos -- --soak-minutes 60 soak
`;

/** @throws CommandLineError that says what is wrong */
export function parseArguments(args: readonly string[]): ChaosArguments {
  const { values, positionals } = readCommandLine(args, {
    list: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    out: { type: 'string' },
    'soak-minutes': { type: 'string', default: String(soakMinutesUsual) },
  });
  if (values.write && values.out !== undefined)
    throw new CommandLineError(`--write is ${trackedPage}, --out another page: one of them`);
  return {
    names: positionals,
    out: values.write ? trackedPage : values.out,
    soakMinutes: minutes(values['soak-minutes']),
    list: values.list,
  };
}

function minutes(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= soakMinutesMax) return value;
  throw new CommandLineError(`--soak-minutes must be above 0 and at most ${soakMinutesMax}, not ${text}`);
}
