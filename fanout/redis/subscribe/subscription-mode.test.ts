import assert from 'node:assert/strict';
import { test } from 'node:test';
import { betterHearing } from './subscription-mode.ts';

const limits = { bundlesSymbolsMin: 256 };

test('who wants an eighth of all symbols hears bundles, who wants less hears by symbol', () => {
  assert.equal(betterHearing('by_symbol', 6250, 50_000, limits), 'bundles');
  assert.equal(betterHearing('by_symbol', 6249, 50_000, limits), 'by_symbol');
});

test('a hub that hears bundles leaves them only when it wants half as much as who joins', () => {
  assert.equal(betterHearing('bundles', 3125, 50_000, limits), 'bundles');
  assert.equal(betterHearing('bundles', 3124, 50_000, limits), 'by_symbol');
});

test('few symbols are heard by symbol, whatever part of all they are', () => {
  assert.equal(betterHearing('by_symbol', 255, 255, limits), 'by_symbol');
  assert.equal(betterHearing('bundles', 127, 127, limits), 'by_symbol');
});
