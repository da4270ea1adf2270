/** What the command line asks for. */
export interface ChaosArguments {
  /** Beginnings of scenarios' names; empty = all. */
  readonly names: readonly string[];
  /** The page; the figures are in the folder of its name beside it. */
  readonly out: string;
  readonly soakMinutes: number;
  /** Only say which scenarios there are. */
  readonly list: boolean;
}

const defaultSoakMinutes = 10;

/** @throws RangeError that says what is wrong */
export function parseArguments(args: readonly string[]): ChaosArguments {
  const names: string[] = [];
  let [out, soakMinutes, list] = ['docs/reliability.md', defaultSoakMinutes, false];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--list') list = true;
    else if (arg === '--out') out = optionValue(args, ++i, arg);
    else if (arg === '--soak-minutes') soakMinutes = minutes(optionValue(args, ++i, arg));
    else if (arg.startsWith('-'))
      throw new RangeError(`unknown option ${arg}; there are --list, --out and --soak-minutes`);
    else names.push(arg);
  }
  return { names, out, soakMinutes, list };
}

function optionValue(args: readonly string[], at: number, option: string): string {
  const value = args[at];
  if (value === undefined || value.startsWith('-')) throw new RangeError(`${option} needs a value`);
  return value;
}

function minutes(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1440) return value;
  throw new RangeError(`--soak-minutes must be above 0 and at most 1440, not ${text}`);
}
