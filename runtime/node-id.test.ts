import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeIdOf } from './node-id.ts';

test('a process is called as configured, else after its machine with something random behind', () => {
  assert.equal(nodeIdOf('hub-0', 'box', '0123456789'), 'hub-0');
  assert.equal(nodeIdOf('', 'box.local', '0123456789'), 'box.local-01234567');
  for (const odd of ['', '-.-', 'büro pc', 'x'.repeat(300)])
    assert.match(nodeIdOf('', odd, '0123456789'), /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, odd);
});
