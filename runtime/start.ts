import { ConfigError } from './config.ts';
import { PortError } from './port-error.ts';

/** What a start needs of its process; `process` itself fits. */
export interface StartingProcess {
  readonly stderr: { write(text: string): unknown };
  exit(code: number): never;
}

/**
 * Runs `start`. What a person can mend (the configuration, a taken port) is told in its own words, without
 * a stack trace, and ends the process with code 1; anything else is a bug and crashes.
 */
export async function startOrExplain(start: () => Promise<void>, process: StartingProcess): Promise<void> {
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
