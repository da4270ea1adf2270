import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

/** The rows of the threat model in docs/security.md: what is attacked, and the tests that hold it. */
function threats(): {
  readonly attack: string;
  readonly tests: readonly (readonly [file: string, title: string])[];
}[] {
  const text = readFileSync('docs/security.md', 'utf8');
  const [, table = ''] = /^## Threat model$(.*?)(?=^## |\s*$(?![\s\S]))/ms.exec(text) ?? [];
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !/^\| (---|who \|)/.test(line));
  return rows.map((row) => {
    const tests = [...row.matchAll(/`([\w/.-]+\.test\.ts)`: ([^;|]+)/g)];
    return {
      attack: row.slice(2, 60),
      tests: tests.map(([, file = '', title = '']) => [file, title.trim()] as const),
    };
  });
}

/** Titles of a file's tests as they are written there, quotes and places for values aside. */
function hasTitle(file: string, title: string): boolean {
  const source = readFileSync(file, 'utf8').replaceAll("\\'", "'");
  return ["'", '"', '`'].some((quote) => source.includes(`test(${quote}${title}${quote}`));
}

test('every attack of the threat model is covered by a test that exists', () => {
  const rows = threats();
  assert.ok(rows.length >= 15, `${rows.length} rows`);
  for (const { attack, tests } of rows) {
    assert.notEqual(tests.length, 0, attack);
    for (const [file, title] of tests) assert.ok(hasTitle(file, title), `${file}: ${title}`);
  }
});

test('every test that the page on security names exists', () => {
  const text = readFileSync('docs/security.md', 'utf8');
  const named = [...text.matchAll(/`([\w/.-]+\.test\.ts)`: ([^;|]+)/g)];
  assert.ok(named.length >= 60, `${named.length} are named`);
  for (const [, file = '', title = ''] of named) assert.ok(hasTitle(file, title.trim()), `${file}: ${title}`);
});
