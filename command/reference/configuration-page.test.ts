import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { redisKeys } from '#fanout/config.ts';
import { feedKeys } from '#feed-adapter/config.ts';
import { hubKeys } from '#hub/config.ts';
import { processKeys } from '#runtime/process-keys.ts';
import { root, sourceFiles } from '#test/harness/source-files.ts';
import { configurationPage } from './configuration-page.ts';

const keys = Object.values({ ...processKeys, ...redisKeys, ...hubKeys, ...feedKeys });

/** Of `npm test`: CONTRIBUTING.md has them. */
const ofTests = /^TICKWIRE_TEST_/;
/** Those that the page keeps by hand, because no process of ours reads them. */
const ofOthers = [
  ...(configurationPage().split('## Other keys')[1] ?? '').matchAll(/^\| `(TICKWIRE_[A-Z_]+)`/gm),
];

test('docs/configuration.md is what `npm run docs` writes now', () => {
  const written = readFileSync(join(root, 'docs/configuration.md'), 'utf8');
  assert.ok(written === configurationPage(), 'it is out of date: npm run docs');
});

test('every key of every process is in it once', () => {
  const page = configurationPage();
  for (const { env } of keys) assert.equal(page.split(`| \`${env}\` |`).length, 2, env);
});

test('no document, manifest or edge configuration names a key that nobody reads', () => {
  const known = new Set([...keys.map(({ env }) => env), ...ofOthers.map(([, name = '']) => name)]);
  const files = ['.md', '.yml', '.yaml', '.cfg', '.json', '.env', 'Dockerfile'].flatMap(sourceFiles);
  const unknown = files.flatMap((file) =>
    namesIn(file).flatMap((name) => (known.has(name) || ofTests.test(name) ? [] : [`${file}: ${name}`])),
  );
  assert.deepEqual(unknown, []);
  assert.ok(files.includes('README.md'), 'the documents were found');
});

/** Comments of manifests aside, which may warn of names; `TICKWIRE_REDIS_TLS_…` stands for several. */
function namesIn(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const read = file.endsWith('.md') ? text : text.replaceAll(/^\s*#.*$/gm, '');
  const names = read.matchAll(/\bTICKWIRE_[A-Z0-9_]*[A-Z0-9](?![A-Z0-9_…*])/g);
  return [...names].map(([name]) => name);
}
