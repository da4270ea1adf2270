import { oneOf, wholeNumber } from '#runtime/command-line/declare.ts';
import type { Asked } from '#runtime/command-line/read.ts';
import { type Growth, growths } from './plan.ts';

/** What `npm run growth` was asked for. */
export interface GrowthOrder {
  readonly growths: readonly Growth[];
  /** Measured at each point. */
  readonly seconds: number;
  /** Whether the documents get the points. */
  readonly write: boolean;
}

/** Names, options and help of `npm run growth`. */
export const commandLine = {
  command: 'npm run growth',
  about:
    "Measures the hub's CPU while one thing grows, and prints the points. All of them take about 8 minutes and want a machine with nothing else to do.",
  names: { value: 'NAME', about: 'these only', each: oneOf(growths) },
  options: {
    seconds: { value: 'N', about: 'measured at each point', schema: wholeNumber(1, 600).default(8) },
    write: {
      about:
        'the points go to docs/benchmarks/growth.json and growth-*.svg, and, when there are points of all of them, the figures to docs/capacity.md; those that were not measured keep theirs',
    },
  },
} as const;

/** The order that parsed arguments stand for; without names all growths. */
export function growthOrder({ names, options }: Asked<typeof commandLine>): GrowthOrder {
  const wanted = growths.filter((growth) => names.length === 0 || names.includes(growth));
  return { growths: wanted, seconds: options.seconds, write: options.write };
}
