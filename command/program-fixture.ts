import { runProgram, type Subcommand } from './program.ts';

/** For tests: how a run of `tickwire` ended, and what it wrote. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `tickwire` with these subcommands; what it wrote, and its exit code. */
export async function runTickwire(
  args: readonly string[],
  ...subcommands: readonly Subcommand[]
): Promise<Ran> {
  const written = { stdout: '', stderr: '' };
  const to = (name: 'stdout' | 'stderr') => ({ write: (text: string) => (written[name] += text) });
  const terminal = { version: '1.2.3', stdout: to('stdout'), stderr: to('stderr') };
  const code = await runProgram(args, terminal, subcommands);
  return { code, ...written };
}
