import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { MeasuredProcess } from './target/target.ts';

/** `CPU.20261121.154410.1234.0.001.cpuprofile`: process and thread; the main thread is 0. */
const profileName = /^CPU\.\d+\.\d+\.(\d+)\.(\d+)\.\d+\.cpuprofile$/;

/** Arguments with which a node process writes a profile into the folder when it ends by itself. */
export function profileArguments(folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}

/**
 * Names the profiles of processes that have ended after them: `hub-1.cpuprofile`. What other threads wrote
 * (the loader of TypeScript has one) is removed. Returns the paths.
 */
export function nameProfiles(folder: string, processes: readonly MeasuredProcess[]): string[] {
  const named: string[] = [];
  for (const file of readdirSync(folder)) {
    const [, pid, thread] = profileName.exec(file) ?? [];
    if (pid === undefined) continue;
    const name = processes.find((process) => process.pid === Number(pid))?.name;
    if (name === undefined || thread !== '0') {
      rmSync(join(folder, file));
      continue;
    }
    const path = join(folder, `${name.replaceAll(' ', '-')}.cpuprofile`);
    renameSync(join(folder, file), path);
    named.push(path);
  }
  return named.sort();
}
