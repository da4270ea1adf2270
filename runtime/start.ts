import { runScript, type Terminal } from './command-line/run-script.ts';
import { ConfigError } from './config/config.ts';
import { PortError } from './http/port-error.ts';

/** What a start needs of its process; `process` itself fits. */
export interface StartingProcess extends Terminal {
  /** As node has it: node, the script, then the arguments. */
  readonly argv: readonly string[];
  exit(code: number): never;
}

const commandLine = {
  command: 'npm start | npm run hub | npm run feed',
  about:
    'None of them takes arguments: their configuration is their environment. docs/configuration.md has every key, and npx tickwire doctor checks those that are set.',
  examples: ['TICKWIRE_PORT=8090 npm start'],
} as const;

/**
 * Runs `start`. What a person can mend (the configuration, a taken port) is told in its own words, without
 * a stack trace, and ends the process with code 1; anything else is a bug and crashes. Where the command line has
 * arguments nothing is started: 0 after `--help`, else 2.
 */
export async function startOrExplain(start: () => Promise<void>, process: StartingProcess): Promise<void> {
  const args = process.argv.slice(2);
  if (args.length > 0) process.exit(await runScript(commandLine, args, process, () => 0));
  try {
    await start();
  } catch (error) {
    const explained = explain(error);
    if (explained === undefined) throw error;
    process.stderr.write(`${explained}\n`);
    process.exit(1);
  }
}

function explain(error: unknown): string | undefined {
  if (error instanceof ConfigError) return error.message;
  return error instanceof PortError ? `Tickwire can not start: ${error.message}` : undefined;
}
