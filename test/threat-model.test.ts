import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root, sourceFiles } from './harness/source-files.ts';
import { testsOfThreats } from './threats.ts';

/** Names of the attacks in the tables of docs/security.md. */
function namedThreats(): string[] {
  const page = readFileSync(join(root, 'docs/security.md'), 'utf8');
  const tables = [...page.matchAll(/^\| threat \|.*\n\| --- .*\n((?:\|.*\n)+)/gm)];
  return tables.flatMap(([, rows = '']) =>
    [...rows.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name = '']) => name),
  );
}

/** All test sources in one, quotes as they read; what a loop fills into a title is `…`. */
const sources = sourceFiles('.test.ts')
  .map((file) =>
    readFileSync(join(root, file), 'utf8')
      .replaceAll("\\'", "'")
      .replaceAll(/\$\{\w+\}/g, '…'),
  )
  .join('\n');

function isTested(title: string): boolean {
  return ["'", '"', '`'].some((quote) => sources.includes(`test(${quote}${title}${quote}`));
}

test('every attack of the threat model has its tests, and no test is kept for an attack that is not there', () => {
  const named = namedThreats();
  assert.ok(named.length >= 40, `${named.length} rows`);
  assert.deepEqual(Object.keys(testsOfThreats).toSorted(), named.toSorted());
  for (const [threat, titles] of Object.entries(testsOfThreats)) assert.notEqual(titles.length, 0, threat);
});

test('every test that is said to hold an attack off exists', () => {
  const all = Object.entries(testsOfThreats).flatMap(([threat, titles]) =>
    titles.map((title) => ({ threat, title })),
  );
  assert.ok(all.length >= 60, `${all.length} are named`);
  for (const { threat, title } of all) assert.ok(isTested(title), `${threat}: ${title}`);
});
