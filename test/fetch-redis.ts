import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Unpacks Debian's (or Ubuntu's) Redis and the libraries that it needs into `folder`, without any rights
 * and without installing anything. False where there is no apt, or no network.
 */
export function fetchRedis(folder: string): boolean {
  const downloads = join(folder, 'packages');
  mkdirSync(downloads, { recursive: true });
  try {
    const options = aptOptions(folder);
    if (!downloaded(downloads, [])) {
      apt([...options, 'update'], folder);
      if (!downloaded(downloads, options)) return false;
    }
    for (const file of readdirSync(downloads)) run('dpkg', ['-x', join(downloads, file), folder], folder);
    return true;
  } catch {
    return false; // no apt or no network: the caller says what to install
  } finally {
    rmSync(downloads, { recursive: true, force: true });
  }
}

/** Package lists of our own, because those of the system may be missing and only root may fetch them. */
function aptOptions(folder: string): readonly string[] {
  const lists = join(folder, 'lists');
  const cache = join(folder, 'cache');
  for (const path of [join(lists, 'partial'), join(cache, 'archives', 'partial')])
    mkdirSync(path, { recursive: true });
  return ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`, '-o', 'APT::Sandbox::User='];
}

function downloaded(folder: string, options: readonly string[]): boolean {
  try {
    const depends = run('apt-cache', [...options, 'depends', 'redis-tools'], folder);
    const libraries = [...depends.matchAll(/^ +Depends: (lib\S+)$/gm)].map((match) => match[1] ?? '');
    const needed = libraries.filter((name) => name !== 'libc6'); // its own loader would not fit another C library
    if (needed.length === 0) return false;
    apt([...options, 'download', 'redis-server', 'redis-tools', ...needed], folder);
    return true;
  } catch {
    return false; // no lists yet, or outdated ones
  }
}

function apt(args: readonly string[], folder: string): void {
  run('apt-get', ['-q', ...args], folder);
}

function run(command: string, args: readonly string[], folder: string): string {
  return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe', timeout: 120_000 });
}
