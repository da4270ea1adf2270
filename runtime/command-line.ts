import { type ParseArgsConfig, parseArgs } from 'node:util';

/** What is wrong with a command line, in words for whoever typed it; a script then ends with code 2. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

/** The streams that a script writes to; `process` itself fits. */
export interface Terminal {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * Reads a command line by node's `parseArgs`; names may stand between the options.
 * @throws CommandLineError for an option that is not among `options`, or has no value where it needs one
 */
export function readCommandLine<const Known extends Options>(args: readonly string[], options: Known) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, strict: true, options });
  } catch (error) {
    throw new CommandLineError(firstSentence(error));
  }
}

/** As `readCommandLine`, for scripts that take options only. @throws CommandLineError for a name as well */
export function readOptions<const Known extends Options>(args: readonly string[], options: Known) {
  const { values, positionals } = readCommandLine(args, options);
  if (positionals.length > 0) throw new CommandLineError(`"${positionals[0]}" is not expected here`);
  return values;
}

/** @throws CommandLineError unless `text` is a whole number from `min` to `max` */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  if (/^\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
  throw new CommandLineError(`${option} is ${text}, but must be a whole number from ${min} to ${max}`);
}

/**
 * Runs a script of package.json and returns its exit code. `--help` or `-h` prints `usage` and starts nothing: 0.
 * A CommandLineError of `main` is told together with `usage`: 2. Anything else that `main` throws is thrown on.
 */
export async function runScript(
  usage: string,
  args: readonly string[],
  { stdout, stderr }: Terminal,
  main: (args: readonly string[]) => Promise<number> | number,
): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    stdout.write(`${usage.trimEnd()}\n`);
    return 0;
  }
  try {
    return await main(args);
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    stderr.write(`${error.message}\n\n${usage.trimEnd()}\n`);
    return 2;
  }
}

/** Node goes on to explain how a name that begins with a dash is given: nobody meant that. */
function firstSentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split(/\. |\n/, 1)[0] ?? text;
}
