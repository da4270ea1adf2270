import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { undocumentedExports } from './exported-docs.ts';
import { root, sourceFiles } from './harness/source-files.ts';
import { fileCircles, importCircles } from './import-circles.ts';
import { fullFolders, importsOf, structureProblems, withoutComments } from './structure.ts';
import { isTest } from './structure-rules.ts';

test('every source file keeps to the structure of the project', () => {
  const files = sourceFiles('.ts');
  const problems = files.flatMap((path) =>
    structureProblems(path, readFileSync(join(root, path), 'utf8')).map((problem) => `${path} ${problem}`),
  );
  assert.deepEqual(problems, []);
  assert.ok(files.includes('protocol/tick.ts'), 'the sources were found');
});

test('no folder holds more than 25 source files, tests and fixtures left out', () => {
  assert.deepEqual(fullFolders(sourceFiles('.ts')), []);
  const files = Array.from({ length: 26 }, (_, index) => `hub/room/part-${index}.ts`);
  assert.deepEqual(fullFolders(files), ['hub/room/ has 26 source files, more than 25']);
  const others = ['hub/room/part.test.ts', 'hub/room/socket-fixtures.ts', 'hub/room/within/part.ts'];
  assert.deepEqual(fullFolders([...files.slice(1), ...others]), []);
});

test('no files import each other in a circle, and no rooms do', () => {
  const files = sourceFiles('.ts');
  const sources = new Map(
    files.map((path) => [path, withoutComments(readFileSync(join(root, path), 'utf8'))]),
  );
  assert.deepEqual(importCircles(new Map([...sources].filter(([path]) => !isTest(path)))), []);
  assert.deepEqual(fileCircles(sources), []);
});

test('a circle of files is found, and one of rooms through different files', () => {
  const circlesOf = (sources: Readonly<Record<string, string>>) =>
    importCircles(new Map(Object.entries(sources)));
  assert.deepEqual(
    circlesOf({
      'hub/a.ts': "import { b } from './b.ts';",
      'hub/b.ts': "import type { c } from './c.ts';",
      'hub/c.ts': "import { a } from '#hub/a.ts';",
      'hub/d.ts': "import { a } from './a.ts';",
    }),
    ['hub/a.ts ↔ hub/b.ts ↔ hub/c.ts'],
  );
  const rooms = {
    'hub/counts.ts': '',
    'hub/one/a.ts': "import { b } from '#hub/two/b.ts'; ",
    'hub/two/b.ts': "import { n } from '#hub/counts.ts';",
    'hub/two/c.ts': "import { d } from '#hub/one/d.ts';",
    'hub/one/d.ts': '',
  };
  assert.deepEqual(circlesOf(rooms), ['hub/one ↔ hub/two']);
  assert.deepEqual(circlesOf({ ...rooms, 'hub/two/c.ts': '' }), []);
});

test('every exported name of a documented folder says what it is', () => {
  const files = sourceFiles('.ts').filter((path) => !isTest(path));
  const missing = files.flatMap((path) => {
    if (!documentedFolders.some((folder) => path.startsWith(folder))) return [];
    const text = readFileSync(join(root, path), 'utf8');
    return undocumentedExports(text).map(({ line, name }) => `${path}:${line} ${name}`);
  });
  assert.deepEqual(missing, []);
});

/** The others are still to be documented. */
const documentedFolders = [
  'client/',
  'command/',
  'fanout/',
  'feed-adapter/',
  'processes/',
  'protocol/',
  'runtime/',
];

test('an exported name without a comment is found, whatever it is, and nothing that is explained', () => {
  const code = [
    'export function bare() {}',
    '// not for editors',
    'export const beneath = 1;',
    '/* nor this */',
    'export class Plain {}',
    '/** The first of the signatures. */',
    'export function overloaded(a: string): void;',
    'export function overloaded(a: unknown): void {}',
    '/**',
    ' * Explained.',
    ' */',
    'export abstract class Known {}',
    '/** Apart from what follows. */',
    '',
    'export async function* apart() {}',
    "export type { Elsewhere } from './elsewhere.ts';",
    'export default class Last {}',
    'export type Shape = number;',
    'export interface Member {}',
    'const own = 1;',
  ];
  assert.deepEqual(
    undocumentedExports(code.join('\n')).map(({ line, name }) => `${line} ${name}`),
    ['1 bare', '3 beneath', '5 Plain', '15 apart', '17 Last', '18 Shape', '19 Member'],
  );
});

function problemsOf(path: string, ...lines: readonly string[]): string {
  return structureProblems(path, lines.join('\n')).join('; ');
}

test('imports are seen in every form, and not in comments', () => {
  const code = [
    "import a from 'a';",
    'import {',
    '  type B,',
    "} from 'b';",
    "import 'c';",
    "export * from 'd';",
    "export type { E } from 'e';",
    "const f = await import('ws');",
    "type G = import('esbuild').G;",
    'import * as h from "h";',
    "const notOne = 'from';",
    "export const norThis = 'x';",
  ];
  assert.deepEqual(importsOf(code.join('\n')), ['a', 'b', 'c', 'd', 'e', 'h', 'ws', 'esbuild']);
  assert.equal(problemsOf('hub/x.ts', "// import a from 'zod';", '/*', "import b from 'zod';", '*/'), '');
  assert.match(
    problemsOf('hub/x.ts', "const url = 'ws://x'; /* */", "import b from 'zod';"),
    /belongs to runtime/,
  );
});

test("nobody waits for 'close' in the way that an error before it makes fail", () => {
  const end = "'close')"; // in two parts, as this file is looked at as well
  for (const wait of ['await once(socket, ', 'done = once(socket.resume(), '])
    assert.match(problemsOf('hub/x.test.ts', wait + end), /waits for 'close'/);
  for (const wait of ["socket.once('close', end);", "await once(child, 'exit');", 'await closed(socket);'])
    assert.equal(problemsOf('hub/x.test.ts', wait), '');
});

test('a folder imports only from the folders that it may know', () => {
  const refused = [
    ['protocol/x.ts', '#runtime/config.ts'],
    ['runtime/x.ts', '#protocol/tick.ts'],
    ['fanout/x.ts', '#hub/hub.ts'],
    ['hub/x.ts', '#feed-adapter/clock.ts'],
    ['feed-adapter/venues/x.ts', '#hub/hub.ts'],
    ['client/x.ts', '#runtime/config.ts'],
    ['web/x.ts', '#hub/hub.ts'],
    ['loadtest/x.ts', '#fanout/ports.ts'],
    ['news/x.ts', '#protocol/tick.ts'],
  ];
  for (const [path = '', name] of refused) {
    assert.notEqual(problemsOf(path, `import { a } from '${name}';`), '', `${path} imports ${name}`);
    assert.notEqual(problemsOf(path, `import type { a } from '${name}';`), '', `${path} imports ${name}`);
  }
  for (const path of ['hub/x.ts', 'fanout/x.ts', 'client/x.ts', 'loadtest/x.ts', 'feed-adapter/venues/x.ts'])
    assert.equal(problemsOf(path, "import { a } from '#protocol/tick.ts';"), '', path);
});

test('across folders an import goes by the name of the folder', () => {
  assert.equal(
    problemsOf('hub/x.ts', "import { a } from '../protocol/tick.ts';"),
    'imports ../protocol/tick.ts, but across folders it is #protocol/tick.ts',
  );
  assert.equal(problemsOf('feed-adapter/venues/x.ts', "import { a } from '../clock.ts';"), '');
});

test('what builds a process may import every part, and tests may, too', () => {
  const lines = [
    "import { a } from '#hub/hub.ts';",
    "import { b } from '#feed-adapter/clock.ts';",
    'process.env;',
  ];
  for (const path of ['processes/hub.ts', 'command/main.ts', 'fanout/x.test.ts', 'test/x.ts'])
    assert.equal(problemsOf(path, ...lines), '', path);
  assert.notEqual(problemsOf('hub/domain.ts', ...lines), '');
});

test('nothing that runs for users imports what is there for tests', () => {
  for (const name of [
    './fixtures.ts',
    './socket-fixtures.ts',
    './fake-clock.ts',
    './x.test.ts',
    '#test/run.ts',
  ])
    assert.match(problemsOf('hub/x.ts', `import { a } from '${name}';`), /for tests alone/, name);
  assert.equal(problemsOf('hub/x.test.ts', "import { a } from './fixtures.ts';"), '');
});

test('a package is imported by its owner only', () => {
  const refused = [
    ['hub/x.ts', 'ioredis'],
    ['hub/x.test.ts', 'ioredis'],
    ['hub/x.ts', 'msgpackr/pack'],
    ['feed-adapter/x.ts', 'uWebSockets.js'],
    ['fanout/x.ts', 'prom-client'],
    ['client/x.ts', 'ws'],
    ['hub/x.ts', 'fast-check'],
    ['hub/x.ts', 'express'],
    ['hub/x.ts', '@scope/thing'],
  ];
  for (const [path = '', name] of refused)
    assert.notEqual(problemsOf(path, `import a from '${name}';`), '', `${path} imports ${name}`);
  const allowed = [
    ['fanout/x.ts', 'ioredis'],
    ['protocol/x.ts', 'msgpackr/pack'],
    ['command/tail/x.ts', 'ws'],
    ['hub/x.test.ts', 'ws'],
    ['hub/x.test.ts', 'fast-check'],
  ];
  for (const [path = '', name] of allowed)
    assert.equal(problemsOf(path, `import a from '${name}';`), '', `${path} imports ${name}`);
});

test('what runs in browsers imports nothing of Node', () => {
  for (const path of ['protocol/x.ts', 'client/x.ts'])
    assert.match(problemsOf(path, "import fs from 'node:fs';"), /runs in browsers/);
  for (const path of ['protocol/x.test.ts', 'command/tail/x.ts', 'hub/x.ts'])
    assert.equal(problemsOf(path, "import fs from 'node:fs';"), '');
});

test('only processes and the main.ts of a tool see the environment', () => {
  for (const line of ['process.env.HOME', 'process?.env', "process['env']", 'const { env } = process;'])
    assert.match(problemsOf('hub/x.ts', line), /reads process\.env/, line);
  assert.equal(problemsOf('hub/x.ts', '/** e.g. `process.env` */', 'process.environment;'), '');
});

test('a file has a name that says what it is, and no more than 300 lines', () => {
  for (const path of ['hub/utils.ts', 'hub/socket-helper.ts', 'hub/common/x.ts', 'hub/base-feed.test.ts'])
    assert.match(problemsOf(path, ''), /says nothing/, path);
  for (const path of ['hub/database.ts', 'hub/commonly.ts']) assert.equal(problemsOf(path, ''), '', path);
  assert.equal(problemsOf('hub/x.ts', ...Array.from({ length: 300 }, () => 'a;')), '');
  assert.match(problemsOf('hub/x.ts', ...Array.from({ length: 301 }, () => 'a;')), /301 lines/);
});
