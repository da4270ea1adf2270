import { Command, CommanderError } from 'commander';

/** The streams that the command writes to; `process` itself fits. */
export interface Terminal {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** What a command line asks for; returns the exit code. */
export type Chosen = () => Promise<number> | number;

/** Adds a subcommand, which tells by `choose` what is to be done when it is the one that was typed. */
export type Subcommand = (program: Command, choose: (chosen: Chosen) => void) => void;

/** Of a command line that is wrong. */
const wrongCode = 2;

/**
 * `tickwire`: reads the command line and does what it asks for. Returns the exit code: 0 for help and version, 2 when the
 * command line is wrong, which commander has told by then, else that of the subcommand.
 * @param args of the command line, without node and the script
 */
export async function runProgram(
  args: readonly string[],
  { version, stdout, stderr }: Terminal & { readonly version: string },
  subcommands: readonly Subcommand[],
): Promise<number> {
  let chosen: Chosen = () => 0;
  const program = new Command('tickwire')
    .description('Tickwire, a real-time market-data hub')
    .usage('COMMAND [options]')
    .version(version, '-v, --version', 'says which one this is')
    .helpOption('-h, --help', 'shows this, and after a COMMAND how it is used, with examples')
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
    })
    .showHelpAfterError('tickwire --help lists what there is.')
    .exitOverride()
    .addHelpText('after', '\nTry it: tickwire start, and in another terminal: tickwire tail AAPL TSLA');
  for (const add of subcommands) add(program, (run) => (chosen = run));
  try {
    program.parse(args.length === 0 ? ['--help'] : args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : wrongCode;
  }
  return chosen();
}

/** A subcommand of `program`, with the words that help has of it. @param about one line of the list of commands */
export function describedCommand(
  program: Command,
  name: string,
  about: string,
  { description, examples }: { readonly description: string; readonly examples: readonly string[] },
): Command {
  return program
    .command(name)
    .summary(about)
    .description(description)
    .helpOption('-h, --help', 'shows this')
    .showHelpAfterError(`tickwire ${name} --help shows how it is used.`)
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
}
