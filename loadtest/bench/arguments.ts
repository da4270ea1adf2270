import { oneOf } from '#runtime/command-line/declare.ts';
import { type Asked, CommandLineError } from '#runtime/command-line/read.ts';

/** What `npm run bench` was asked for. */
export interface BenchOrder {
  /** In the order of the list, once each. */
  readonly names: readonly string[];
  /** `store`: the documents get the figures. `compare`: they are held against those that are stored. */
  readonly figures: 'print' | 'store' | 'compare';
}

/** @param known names of all benches */
export function benchCommandLine(known: readonly string[]) {
  const write =
    'the figures go to docs/benchmarks.md and docs/benchmarks/; benches that were not run keep theirs';
  return {
    command: 'npm run bench',
    about: 'Measures parts of the hub and prints the figures.',
    names: { value: 'BENCH', about: 'these only', each: oneOf(known) },
    options: {
      write: { about: write },
      compare: {
        about: 'compares with the stored ratios, and fails where one got worse beyond the noise',
      },
    },
    examples: ['npm run bench -- encode', 'npm run bench -- --compare fan-out-tape'],
  } as const;
}

/** @param known names of all benches @throws CommandLineError */
export function benchOrder(
  { names, options: { write, compare } }: Asked<ReturnType<typeof benchCommandLine>>,
  known: readonly string[],
): BenchOrder {
  if (write && compare)
    throw new CommandLineError(
      '--write and --compare exclude each other: what is compared is what is stored',
    );
  const wanted = names.length === 0 ? known : known.filter((name) => names.includes(name));
  return { names: wanted, figures: write ? 'store' : compare ? 'compare' : 'print' };
}
