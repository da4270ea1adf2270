import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Ends the cluster's processes when nobody else can: after a SIGKILL of `npm run cluster`. */
export interface Watchdog {
  /** This process must not outlive ours. */
  guard(pid: number): void;
  /** It has ended; its number may be somebody else's soon. */
  release(pid: number): void;
  /** Lets the watchdog end; what is still guarded then is ended. */
  close(): void;
}

/**
 * A process of its own that notices our end by that of a pipe, which nothing can keep open.
 * @param lost hears that the watchdog itself has ended too early
 */
export function startWatchdog(lost: () => void): Watchdog {
  const script = fileURLToPath(new URL('watchdog-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // the terminal's Ctrl-C is not for it
  });
  let closed = false;
  const tell = (line: string): void => {
    if (!closed) child.stdin.write(`${line}\n`);
  };
  const gone = (): void => {
    if (!closed) lost();
    closed = true;
  };
  child.once('error', gone);
  child.once('exit', gone);
  child.stdin.on('error', gone);
  return {
    guard: (pid) => tell(`+${pid}`),
    release: (pid) => tell(`-${pid}`),
    close() {
      closed = true;
      child.stdin.end();
    },
  };
}
