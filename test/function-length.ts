import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './harness/source-files.ts';

/** Lines of a function, its signature, comments and empty lines included. */
export const functionLinesMax = 70;

/** A function as it stands in a file. */
export interface LongFunction {
  readonly path: string;
  /** From 1 on. */
  readonly line: number;
  readonly lines: number;
  /** Its first line. */
  readonly text: string;
}

/**
 * Functions of more than `functionLinesMax` lines. A list of tests is none: each of its tests is a function of its own.
 * @param folder that `paths` are in; the checkout unless told
 */
export function longFunctions(paths: readonly string[], folder = root): readonly LongFunction[] {
  return functionsOf(paths, folder).flatMap(({ location: { path, start, end } }) => {
    const lines = end.line - start.line + 1;
    if (lines <= functionLinesMax) return [];
    const text = readFileSync(join(folder, path), 'utf8').split('\n')[start.line - 1]?.trim() ?? '';
    return listOfTests.test(text) ? [] : [{ path, line: start.line, lines, text }];
  });
}

/** `describe('…', () => {`, or a function of a contract that calls it: `function describeHistory(…) {`. */
const listOfTests = /^(export )?(async )?(describe|function describe[A-Z]\w*)\(/;

interface Diagnostic {
  readonly category: string;
  readonly location: {
    readonly path: string;
    readonly start: { readonly line: number };
    readonly end: { readonly line: number };
  };
}

/**
 * Every function that is not short, except accessors of object literals. Biome finds them, since the compiler of
 * TypeScript 7 gives no syntax tree to programs. It leaves out comments and empty lines when it counts, so its bound is
 * far below ours, and we count by where a function begins and ends.
 */
function functionsOf(paths: readonly string[], folder: string): readonly Diagnostic[] {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const config = `--config-path=${join(root, 'test/function-length.json')}`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [biome, 'lint', config, '--reporter=json', '--max-diagnostics=none', ...paths],
    { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (!stdout.startsWith('{')) throw new Error(`Biome gave no report: ${stderr}`);
  const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly Diagnostic[] };
  const unread = diagnostics.find(({ category }) => !category.endsWith('/noExcessiveLinesPerFunction'));
  if (unread !== undefined) throw new Error(`Biome can not read ${unread.location.path}: ${unread.category}`);
  return diagnostics;
}
