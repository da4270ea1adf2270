export type Order =
  | { readonly kind: 'help' }
  | { readonly kind: 'problem'; readonly text: string }
  | { readonly kind: 'run'; readonly names: readonly string[]; readonly compare: boolean };

export const usage = `npm run bench [-- [--compare] [BENCH …]]

  no BENCH     every bench; the figures go to docs/benchmarks.md and docs/benchmarks/
  BENCH …      these only; the others keep their last figures
  --compare    write nothing: compare with the stored ratios, and fail where one got worse beyond the noise`;

/** What the command line asks for. @param known names of all benches */
export function parseArguments(args: readonly string[], known: readonly string[]): Order {
  if (args.includes('--help') || args.includes('-h')) return { kind: 'help' };
  const options = args.filter((arg) => arg.startsWith('-'));
  const names = args.filter((arg) => !arg.startsWith('-'));
  const wrongOption = options.find((option) => option !== '--compare');
  if (wrongOption !== undefined) return problem(`there is no option ${wrongOption}\n\n${usage}`);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    return problem(`there is no bench ${unknown.join(', ')}; there are ${known.join(', ')}`);
  const wanted = names.length === 0 ? known : known.filter((name) => names.includes(name));
  return { kind: 'run', names: wanted, compare: options.length > 0 };
}

function problem(text: string): Order {
  return { kind: 'problem', text };
}
