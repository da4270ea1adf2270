import { type Growth, growths } from './plan.ts';

export type Order =
  | { readonly kind: 'help' }
  | { readonly kind: 'problem'; readonly text: string }
  | { readonly kind: 'run'; readonly growths: readonly Growth[]; readonly seconds: number };

export const usage = `npm run growth [-- [--seconds N] [${growths.join('|')} …]]

  Measures the hub's CPU while one thing grows; writes docs/benchmarks/growth-*.svg and growth.json, and, when there are
  points of all of them, the figures of docs/capacity.md.
  no name        all of them, about 8 minutes; wants a machine with nothing else to do
  NAME …         these only; the others keep their points
  --seconds N    measured at each point; 8 when not said`;

const secondsUsual = 8;
const secondsMax = 600;

/** What the command line asks for. */
export function parseArguments(args: readonly string[]): Order {
  if (args.includes('--help') || args.includes('-h')) return { kind: 'help' };
  const rest = [...args];
  let seconds = secondsUsual;
  const at = rest.indexOf('--seconds');
  if (at >= 0) {
    seconds = Number(rest.splice(at, 2)[1]);
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > secondsMax)
      return problem(`--seconds wants a whole number from 1 to ${secondsMax}`);
  }
  const unknown = rest.filter((name) => !isGrowth(name));
  if (unknown.length > 0) return problem(`there is no ${unknown.join(', ')}\n\n${usage}`);
  const wanted = growths.filter((growth) => rest.length === 0 || rest.includes(growth));
  return { kind: 'run', growths: wanted, seconds };
}

function isGrowth(name: string): name is Growth {
  return (growths as readonly string[]).includes(name);
}

function problem(text: string): Order {
  return { kind: 'problem', text };
}
