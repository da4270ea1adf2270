import { readdirSync, readFileSync } from 'node:fs';

/** Numbers of the living processes whose parent is `pid`, and of theirs; Linux. */
export function descendantsOf(pid: number): number[] {
  const children = livingProcesses().filter(({ parent }) => parent === pid);
  return children.flatMap((child) => [child.pid, ...descendantsOf(child.pid)]);
}

/** Whether it runs; one that has ended and that nobody has asked for (a zombie) does not. */
export function isRunning(pid: number): boolean {
  return livingProcesses().some((process) => process.pid === pid);
}

interface LivingProcess {
  readonly pid: number;
  readonly parent: number;
}

function livingProcesses(): LivingProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const [, state, parent] = /^.*\) (\S) (\d+) /s.exec(statusOf(name)) ?? [];
      const ended = state === undefined || state === 'Z' || state === 'X';
      return ended ? [] : [{ pid: Number(name), parent: Number(parent) }];
    });
}

/** Empty when it has ended meanwhile. */
function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}
