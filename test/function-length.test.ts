import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { functionLinesMax, longFunctions } from './function-length.ts';
import { sourceFiles } from './harness/source-files.ts';

test('no function has more than 70 lines', () => {
  const found = longFunctions(sourceFiles('.ts'));
  assert.deepEqual(
    found.map(({ path, line, lines, text }) => `${path}:${line} has ${lines} lines: ${text}`),
    [],
  );
});

test('every kind of function is found when it is a line too long, and a list of tests is not', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'function-length-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const kinds = [
    ['export function declared() {', '}'],
    ['export async function* generated() {', '}'],
    ['export const arrow = () => {', '};'],
    ['export const expression = function () {', '};'],
    ['export const object = { method() {', '} };'],
    ['export class Method { method() {', '} }'],
    ['export class Hidden { #method() {', '} }'],
    ['export class Constructor { constructor() {', '} }'],
    ['export class Field { field = () => {', '}; }'],
  ] as const;
  const list = ["describe('a list of tests', () => {", '});'] as const;
  const write = (lines: number) =>
    [...kinds, list].map(([head, tail], index) => {
      const name = `kind-${index}-${lines}.ts`;
      const body = Array.from({ length: lines - 2 }, (_, n) => (n % 3 === 0 ? `  call(${n});` : '  // why'));
      writeFileSync(join(folder, name), [head, ...body, tail].join('\n'));
      return name;
    });
  assert.deepEqual(longFunctions(write(functionLinesMax), folder), []);
  const found = longFunctions(write(functionLinesMax + 1), folder);
  assert.deepEqual(
    new Set(found.map(({ text, line, lines }) => `${text} ${line} ${lines}`)),
    new Set(kinds.map(([head]) => `${head} 1 ${functionLinesMax + 1}`)),
  );
});
