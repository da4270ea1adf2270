import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** A child process of a bench that answers each message with one of its own. */
export interface Child {
  readonly pid: number;
  ask<Answer>(message: unknown): Promise<Answer>;
  stop(): Promise<void>;
}

const ticksPerSecond = 100; // USER_HZ of Linux, see proc(5)
const pageBytes = 4096;

/** Starts a bench's process; it is killed with the bench. @param script its module */
export function startChild(script: URL, env: Readonly<Record<string, string>> = {}): Child {
  const child = fork(script, {
    env: { ...process.env, ...env },
    execArgv: ['--import', 'tsx'],
  });
  const { pid } = child;
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));
  if (pid === undefined) throw new Error(`${script} did not start`);
  return {
    pid,
    ask: (message) => ask(child, script, message),
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** CPU seconds, user and system, that a process has used. */
export function processCpuSeconds(pid: number): number {
  const fields = statFields(pid);
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Resident memory of a process in bytes. */
export function processResidentBytes(pid: number): number {
  return Number(statFields(pid)[21]) * pageBytes;
}

async function ask<Answer>(child: ChildProcess, script: URL, message: unknown): Promise<Answer> {
  const listening = new AbortController();
  const { signal } = listening;
  const died = once(child, 'exit', { signal }).then(() => {
    throw new Error(`${script} ended`);
  });
  const answer = once(child, 'message', { signal });
  child.send(message as object);
  try {
    const [value] = (await Promise.race([answer, died])) as [Answer];
    return value;
  } finally {
    died.catch(() => undefined); // what is aborted here was not waited for
    listening.abort();
  }
}

/** The fields of /proc/PID/stat after the command's name; proc(5) counts them from 3. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
