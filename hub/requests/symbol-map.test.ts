import assert from 'node:assert/strict';
import { test } from 'node:test';
import { symbolOf } from '#hub/fixtures.ts';
import { createSymbolMap } from './symbol-map.ts';

test('each of many symbols has the value that it was given last, and no other symbol has one', () => {
  const map = createSymbolMap<number>();
  for (const round of [0, 1]) for (let i = 0; i < 20_000; i++) map.set(symbolOf(`S${i}`), i + round);
  for (let i = 0; i < 20_000; i++) assert.equal(map.get(symbolOf(`S${i}`)), i + 1);
  assert.equal(map.get(symbolOf('S20000')), undefined);
});
