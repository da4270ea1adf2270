import { createInterface } from 'node:readline';

/** The other end of `startWatchdog`: `+PID` and `-PID` line by line; at the end of the pipe it ends who is left. */

/** For an orderly end, e.g. a hub that sends its clients away; then they are killed. */
const patienceMs = 15_000;
const lookEveryMs = 100;

const guarded = new Set<number>();
for await (const line of createInterface({ input: process.stdin })) {
  const pid = Number(line.slice(1));
  if (!Number.isSafeInteger(pid) || pid <= 1) continue;
  if (line.startsWith('+')) guarded.add(pid);
  else guarded.delete(pid);
}

for (const pid of guarded) send(pid, 'SIGTERM');
const deadline = performance.now() + patienceMs;
while ([...guarded].some(isThere) && performance.now() < deadline)
  await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
for (const pid of guarded) send(pid, 'SIGKILL');

function isThere(pid: number): boolean {
  return send(pid, 0);
}

/** Whether there is such a process. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
