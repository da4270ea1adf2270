import { readFileSync } from 'node:fs';

const ticksPerSecond = 100; // USER_HZ of Linux, see proc(5)
const pageBytes = 4096;

/** CPU seconds, user and system, that a process has used; undefined when it has ended. */
export function processCpuSeconds(pid: number): number | undefined {
  const fields = statFields(pid);
  return fields && (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Resident memory of a process in bytes; undefined when it has ended. */
export function processResidentBytes(pid: number): number | undefined {
  const fields = statFields(pid);
  return fields && Number(fields[21]) * pageBytes;
}

/** The fields of /proc/PID/stat after the command's name; proc(5) counts them from 3. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // the process is gone: its last figures are what the report has
  }
}
