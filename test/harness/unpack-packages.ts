import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Unpacks Debian's (or Ubuntu's) packages and the libraries that they need into `folder`, without any rights
 * and without installing anything. False where there is no apt, or no network.
 */
export function unpackPackages(names: readonly string[], folder: string): boolean {
  const downloads = join(folder, 'packages');
  mkdirSync(downloads, { recursive: true });
  try {
    const options = aptOptions(folder);
    if (!downloaded(names, downloads, [])) {
      apt([...options, 'update'], folder);
      if (!downloaded(names, downloads, options)) return false;
    }
    for (const file of readdirSync(downloads)) run('dpkg', ['-x', join(downloads, file), folder], folder);
    return true;
  } catch {
    return false; // no apt or no network: the caller says what to install
  } finally {
    rmSync(downloads, { recursive: true, force: true });
  }
}

/** Installs what pip calls so into `folder` and nowhere else. False where there is no pip, or no network. */
export function installWheel(requirement: string, folder: string): boolean {
  mkdirSync(folder, { recursive: true });
  try {
    run('python3', ['-m', 'pip', 'install', '-q', '--no-deps', '--target', folder, requirement], folder);
    return true;
  } catch {
    return false; // as above
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

function downloaded(names: readonly string[], folder: string, options: readonly string[]): boolean {
  try {
    apt([...options, 'download', ...names, ...librariesOf(names, folder, options)], folder);
    return true;
  } catch {
    return false; // no lists yet, or outdated ones
  }
}

/** How far libraries of libraries are followed: haproxy needs three (itself → a wrapper → its library). */
const depthMax = 4;

/** Shared libraries alone: no scripts for browsers, and not the C library, whose loader is the system's. */
function librariesOf(
  names: readonly string[],
  folder: string,
  options: readonly string[],
): readonly string[] {
  const found = new Set<string>();
  let level = names;
  for (let depth = 0; depth < depthMax && level.length > 0; depth++) {
    const text = run('apt-cache', [...options, 'depends', ...level], folder);
    const libraries = [...text.matchAll(/^ +Depends: (lib\S+)$/gm)].map((match) => match[1] ?? '');
    level = [...new Set(libraries)].filter((name) => !found.has(name) && !/^lib(c6$|js-|perl)/.test(name));
    for (const name of level) found.add(name);
  }
  return [...found];
}

function apt(args: readonly string[], folder: string): void {
  run('apt-get', ['-q', ...args], folder);
}

function run(command: string, args: readonly string[], folder: string): string {
  return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe', timeout: 120_000 });
}
