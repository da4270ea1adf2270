import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replaceMarked } from './marked-section.ts';

const page =
  'words\n\n<!-- a:begin, written by x -->\nold\n<!-- a:end -->\n\n<!-- b:begin -->\n<!-- b:end -->\n';

test('only what is between the markers is replaced, and doing it again changes nothing', () => {
  const once = replaceMarked(page, 'a', 'new $& table\n', 'page.md');
  assert.equal(
    once,
    'words\n\n<!-- a:begin, written by x -->\n\nnew $& table\n\n<!-- a:end -->\n\n<!-- b:begin -->\n<!-- b:end -->\n',
  );
  assert.equal(replaceMarked(once, 'a', 'new $& table', 'page.md'), once);
});

test('a page without the markers is named, with the lines to put back', () => {
  assert.throws(() => replaceMarked(page, 'c', 'x', 'page.md'), /page\.md .*<!-- c:begin -->/);
});
