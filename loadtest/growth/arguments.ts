import { CommandLineError, readCommandLine, wholeNumber } from '#runtime/command-line.ts';
import { type Growth, growths } from './plan.ts';

export interface GrowthOrder {
  readonly growths: readonly Growth[];
  /** Measured at each point. */
  readonly seconds: number;
  /** Whether the documents get the points. */
  readonly write: boolean;
}

const secondsUsual = 8;
const secondsMax = 600;

export const usage = `Usage: npm run growth [-- [--write] [--seconds N] [${growths.join('|')} …]]
  Measures the hub's CPU while one thing grows, and prints the points.

  no name        all of them, about 8 minutes; wants a machine with nothing else to do
  NAME …         these only
  --seconds N    measured at each point; ${secondsUsual} when not said
  --write        the points go to docs/benchmarks/growth.json and growth-*.svg, and, when there are points of all of
                 them, the figures to docs/capacity.md; those that were not measured keep theirs
`;

/** @throws CommandLineError */
export function parseArguments(args: readonly string[]): GrowthOrder {
  const { values, positionals } = readCommandLine(args, {
    write: { type: 'boolean', default: false },
    seconds: { type: 'string', default: String(secondsUsual) },
  });
  const unknown = positionals.filter((name) => !isGrowth(name));
  if (unknown.length > 0)
    throw new CommandLineError(`there is no ${unknown.join(', ')}; there are ${growths.join(', ')}`);
  const wanted = growths.filter((growth) => positionals.length === 0 || positionals.includes(growth));
  const seconds = wholeNumber('--seconds', values.seconds, 1, secondsMax);
  return { growths: wanted, seconds, write: values.write };
}

function isGrowth(name: string): name is Growth {
  return (growths as readonly string[]).includes(name);
}
