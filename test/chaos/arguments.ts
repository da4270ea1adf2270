import { anyText, numberAbove } from '#runtime/command-line/declare.ts';
import { type Asked, CommandLineError } from '#runtime/command-line/read.ts';

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

export const commandLine = {
  command: 'npm run chaos',
  about:
    'Kills, freezes and cuts off parts of a running Tickwire under load and judges what each client received.',
  names: {
    value: 'NAME',
    about: 'the scenarios whose names begin so; every one when none is named',
    each: anyText(),
  },
  options: {
    list: { about: 'only says which there are, and about how long they take' },
    'soak-minutes': {
      value: 'N',
      about: 'how long the scenario soak takes',
      schema: numberAbove(0, 1440).default(10),
    },
    write: { about: `the figures go to ${trackedPage}; scenarios that were not run keep theirs` },
    out: { value: 'FILE.md', about: 'they go to a page of your own instead', schema: anyText().optional() },
  },
  examples: ['npm run chaos -- hub-killed', 'npm run chaos -- --soak-minutes 60 soak'],
} as const;

/** @throws CommandLineError when two pages are to be written */
export function chaosArguments({ names, options }: Asked<typeof commandLine>): ChaosArguments {
  const { write, out, list, 'soak-minutes': soakMinutes } = options;
  if (write && out !== undefined)
    throw new CommandLineError(`--write is ${trackedPage}, --out another page: one of them`);
  return { names, out: write ? trackedPage : out, soakMinutes, list };
}
