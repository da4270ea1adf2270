import { CommandLineError, readCommandLine } from '#runtime/command-line.ts';

export interface BenchOrder {
  /** In the order of the list, once each. */
  readonly names: readonly string[];
  /** `store`: the documents get the figures. `compare`: they are held against those that are stored. */
  readonly figures: 'print' | 'store' | 'compare';
}

export const usage = `Usage: npm run bench [-- [--write | --compare] [BENCH …]]
  Measures parts of the hub and prints the figures.

  no BENCH     every bench
  BENCH …      these only
  --write      the figures go to docs/benchmarks.md and docs/benchmarks/; benches that were not run keep theirs
  --compare    compares with the stored ratios, and fails where one got worse beyond the noise

Examples
  npm run bench -- encode
  npm run bench -- --compare fan-out-tape
`;

/** @param known names of all benches @throws CommandLineError */
export function parseArguments(args: readonly string[], known: readonly string[]): BenchOrder {
  const { values, positionals } = readCommandLine(args, {
    write: { type: 'boolean', default: false },
    compare: { type: 'boolean', default: false },
  });
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new CommandLineError(`there is no bench ${unknown.join(', ')}; there are ${known.join(', ')}`);
  if (values.write && values.compare)
    throw new CommandLineError(
      '--write and --compare exclude each other: what is compared is what is stored',
    );
  const names = positionals.length === 0 ? known : known.filter((name) => positionals.includes(name));
  return { names, figures: values.write ? 'store' : values.compare ? 'compare' : 'print' };
}
