import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './harness/source-files.ts';

/** ARCHITECTURE.md names the files of each way in their order, by folder: `folder/` {`file`, `file`}. */
const ways: readonly { readonly heading: string; readonly filesMax: number }[] = [
  { heading: 'A tick in', filesMax: 14 },
  { heading: 'A tick out', filesMax: 12 },
  { heading: 'A resume', filesMax: 20 },
];

const architecture = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');

/** The files named under a heading, from the root of the repository. */
function filesOf(heading: string): readonly string[] {
  const section = architecture.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/`([\w/-]+\/)`:? \{([^}]+)\}/g)].flatMap(([, folder = '', names = '']) =>
    [...names.matchAll(/`([\w./-]+)`/g)].map(([, name = '']) => join(folder, withEnding(name))),
  );
}

function withEnding(name: string): string {
  return name.endsWith('.lua') ? name : `${name}.ts`;
}

for (const { heading, filesMax } of ways)
  test(`${heading}: the files that one has to open exist, are at most ${filesMax}, and each is reached from another`, () => {
    const files = filesOf(heading);
    assert.ok(files.length >= 10 && files.length <= filesMax, `${files.length} files`);
    for (const file of files) assert.ok(existsSync(join(root, file)), file);
    assert.equal(new Set(files).size, files.length);
    const texts = files.map((file) => readFileSync(join(root, file), 'utf8'));
    for (const [index, file] of files.entries()) {
      const name = file.split('/').at(-1) ?? '';
      const isNamed = texts.some((text, other) => other !== index && text.includes(name));
      const own = texts[index] ?? '';
      const namesAnother = files.some(
        (other) => other !== file && own.includes(other.split('/').at(-1) ?? ''),
      );
      assert.ok(isNamed || namesAnother, `${file} is on this way by no import`);
    }
  });
