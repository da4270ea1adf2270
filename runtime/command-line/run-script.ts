import type { CommandLine } from './declare.ts';
import { helpText } from './help.ts';
import { type Asked, CommandLineError, readCommandLine } from './read.ts';

/** The streams that a script writes to; `process` itself fits. */
export interface Terminal {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/**
 * Runs a script and returns its exit code. `--help` or `-h` prints how it is called and starts nothing: 0.
 * A CommandLineError, of reading or of `main`, is told together with that: 2. Anything else that `main` throws is thrown on.
 */
export async function runScript<const Line extends CommandLine>(
  line: Line,
  args: readonly string[],
  { stdout, stderr }: Terminal,
  main: (asked: Asked<Line>) => Promise<number> | number,
): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    stdout.write(helpText(line));
    return 0;
  }
  try {
    return await main(readCommandLine(line, args));
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    stderr.write(`${error.message}\n\n${helpText(line)}`);
    return 2;
  }
}
