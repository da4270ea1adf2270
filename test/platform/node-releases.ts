import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { root } from '#test/harness/source-files.ts';

/** The releases that tests start Tickwire with, by major version, beside the one that runs the tests. */
export const nodeReleases = { 22: '22.23.5', 24: '24.22.3', 26: '26.12.1' } as const;

export type NodeMajor = keyof typeof nodeReleases;

const attempts = 3;
/** For one download of 60 MB. */
const timeoutMs = 300_000;

/**
 * Path of the folder that holds that release's `node` and nothing else, to put before others on the PATH. It comes from the
 * registry's package of Node's own binaries, and stays in `.cache/`. No dependency of package.json, as that
 * would put another `node` before the developer's own in every script.
 * @throws Error of npm when the package can not be had in three attempts
 */
export async function nodeFolder(major: NodeMajor): Promise<string> {
  const release = nodeReleases[major];
  const folder = join(root, '.cache', `node-${release}`);
  if (existsSync(join(folder, 'node'))) return folder;
  await mkdir(join(root, '.cache'), { recursive: true });
  const own = await mkdtemp(join(root, '.cache', 'node-download-'));
  const name = `node-${process.platform}-${process.arch}`;
  try {
    await download(`${name}@${release}`, own);
    await rename(join(own, 'node_modules', name, 'bin'), folder).catch((error: unknown) => {
      if (!existsSync(join(folder, 'node'))) throw error; // else another process was as quick
    });
  } finally {
    await rm(own, { recursive: true, force: true });
  }
  return folder;
}

async function download(wanted: string, prefix: string): Promise<void> {
  const options = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts'];
  for (let attempt = 1; ; attempt++)
    try {
      await promisify(execFile)('npm', ['install', ...options, '--prefix', prefix, wanted], {
        timeout: timeoutMs,
      });
      return;
    } catch (error) {
      if (attempt === attempts) throw error;
      await delay(5000 * attempt);
    }
}
