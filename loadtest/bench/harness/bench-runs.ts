import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchReport } from './bench-process.ts';

const script = fileURLToPath(new URL('./bench-process.ts', import.meta.url));
/** A bench that takes longer hangs. */
const deadlineMs = 240_000;
const killAfterMs = 3000;

/**
 * Runs a bench in a process of its own, so that none measures what another left behind.
 * @param file path of the bench
 * @param stop ends the bench and all that it started
 */
export function runBenchProcess(file: string, stop: AbortSignal): Promise<BenchReport> {
  const child = fork(script, [file], { execArgv: ['--import', 'tsx', '--expose-gc'] });
  let report: BenchReport | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  const end = (failure: string): void => {
    report ??= { failure };
    child.kill('SIGTERM');
    killTimer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  };
  const stopped = (): void => end('stopped');
  const deadline = setTimeout(() => end(`it took longer than ${deadlineMs / 1000} s`), deadlineMs);
  stop.addEventListener('abort', stopped, { once: true });
  child.once('message', (message) => {
    report ??= message as BenchReport;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(deadline);
      clearTimeout(killTimer);
      stop.removeEventListener('abort', stopped);
      resolve(report ?? { failure: `its process ended without a result (${signal ?? `code ${code}`})` });
    });
  });
}
