import { posix } from 'node:path';
import {
  benchFolder,
  benchImports,
  clusterFolder,
  emptyNames,
  fileLinesMax,
  folderFilesMax,
  folderImports,
  isMain,
  isTest,
  packageRules,
  peersFolder,
  runsInBrowser,
  swarmFolder,
  swarmImports,
} from './structure-rules.ts';

/**
 * What a source file does that the structure of the project does not allow; each as a sentence for people.
 * @param path from the root, e.g. `hub/hub.ts`
 */
export function structureProblems(path: string, text: string): string[] {
  const code = withoutComments(text);
  const imports = importsOf(code).flatMap((name) => importProblem(path, name) ?? []);
  const others = [
    namingProblem(path),
    lengthProblem(text),
    environmentProblem(path, code),
    waitProblem(code),
  ];
  return [...imports, ...others.filter((problem) => problem !== undefined)];
}

/** Folders that hold more source files than one can take in, each as a sentence for people. */
export function fullFolders(paths: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const path of paths.filter((path) => !isTest(path)))
    counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > folderFilesMax)
    .map(([folder, count]) => `${folder}/ has ${count} source files, more than ${folderFilesMax}`);
}

/** Everything that `code` imports, types included, as it is written there. */
export function importsOf(code: string): string[] {
  const statements = code.matchAll(/^\s*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"]([^'"]+)['"]/gm);
  const calls = code.matchAll(/\b(?:import|require)\(\s*['"]([^'"]+)['"]/g);
  return [...statements, ...calls].map((match) => match[1] ?? '');
}

function importProblem(path: string, name: string): string | undefined {
  if (name.startsWith('node:')) return nodeProblem(path, name);
  if (name.startsWith('#')) return folderProblem(path, name.slice(1));
  if (!name.startsWith('.')) return packageProblem(path, name);
  const target = posix.join(posix.dirname(path), name);
  const leaves = folderOf(target) !== folderOf(path) && !isMain(path);
  return leaves ? `imports ${name}, but across folders it is #${target}` : folderProblem(path, target);
}

function folderProblem(path: string, target: string): string | undefined {
  if (isTest(target) && !isTest(path) && !startsProcesses(path))
    return `imports ${target}, which is there for tests alone`;
  if (isMain(path) || isTest(path) || folderOf(target) === folderOf(path)) return undefined;
  const allowed = allowedFolders(path);
  if (allowed === undefined) return `is in a folder of which test/structure-rules.ts knows nothing`;
  if (allowed.includes(folderOf(target))) return undefined;
  return `imports ${target}, but ${folderOf(path)}/ may import ${allowed.join(', ') || 'nothing of ours'}`;
}

function startsProcesses(path: string): boolean {
  return [benchFolder, swarmFolder, peersFolder, clusterFolder].some((folder) => path.startsWith(folder));
}

function allowedFolders(path: string): readonly string[] | undefined {
  if (path.startsWith(benchFolder) || path.startsWith(peersFolder)) return benchImports;
  return path.startsWith(swarmFolder) ? swarmImports : folderImports[folderOf(path)];
}

function packageProblem(path: string, name: string): string | undefined {
  const rule = packageRules[packageOf(name)];
  if (rule === undefined) return `imports ${name}, which has no owner in test/structure-rules.ts`;
  if (rule.folders.some((folder) => path.startsWith(folder)) || (rule.inTests && isTest(path)))
    return undefined;
  return `imports ${name}, which belongs to ${rule.folders[0]}`;
}

function nodeProblem(path: string, name: string): string | undefined {
  return runsInBrowser(path) && !isTest(path) ? `imports ${name}, but runs in browsers` : undefined;
}

function namingProblem(path: string): string | undefined {
  const empty = path.split('/').some((part) => emptyNames.test(part));
  return empty ? 'has a name that says nothing of what is in it' : undefined;
}

function lengthProblem(text: string): string | undefined {
  const lines = text.trimEnd().split('\n').length;
  return lines > fileLinesMax ? `has ${lines} lines, more than ${fileLinesMax}` : undefined;
}

function environmentProblem(path: string, code: string): string | undefined {
  if (isMain(path) || isTest(path) || path.startsWith(benchFolder)) return undefined;
  return /\bprocess\s*(\?\.|\.|\[['"])\s*env\b/.test(code) ||
    /\{[^{}]*\benv\b[^{}]*\}\s*=\s*process\b/.test(code)
    ? 'reads process.env, which only processes/ and the main.ts of a tool may'
    : undefined;
}

/** A connection that ends may say `error` before `close`, or not: it depends on which packet is first. */
function waitProblem(code: string): string | undefined {
  return /(?<![.\w])once\((?:[^()]|\([^()]*\))*, ['"]close['"]/.test(code)
    ? "waits for 'close' by once of node:events, which an error before it makes fail; closed() does not"
    : undefined;
}

/** Text in quotes stays as it is, a URL in it is no comment. */
export function withoutComments(text: string): string {
  const quoted = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return text.replace(quoted, (_, kept?: string) => kept ?? '');
}

/** `hub/delivery/delivery-group.ts` → `hub`; empty for a file of the root. */
function folderOf(path: string): string {
  return path.includes('/') ? (path.split('/', 1)[0] ?? '') : '';
}

/** `csv-parse/sync` → `csv-parse`, `@scope/name/part` → `@scope/name`. */
function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}
