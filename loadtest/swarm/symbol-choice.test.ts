import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSeededRandom } from '#test/harness/seeded-random.ts';
import { chooseSymbols, type SymbolChoice } from './symbol-choice.ts';

const choices: SymbolChoice[] = [
  { choice: 'uniform' },
  { choice: 'zipf', exponent: 1 },
  { choice: 'same' },
  { choice: 'slices' },
  { choice: 'spread' },
];

for (const choice of choices)
  test(`${choice.choice}: each socket gets as many different symbols of the catalogue as it wants`, () => {
    const chosen = chooseSymbols(choice, 30, 7, 50, createSeededRandom(1));
    for (let socket = 0; socket < 30; socket++) {
      const own = new Set(chosen.subarray(socket * 7, (socket + 1) * 7));
      assert.equal(own.size, 7);
      assert.ok([...own].every((symbol) => symbol >= 0 && symbol < 50));
    }
  });

test('spread gives every symbol as many sockets, and nothing in common to neighbours', () => {
  const chosen = chooseSymbols({ choice: 'spread' }, 100, 5, 50, () => 0);
  const sockets = new Array<number>(50).fill(0);
  for (const symbol of chosen) sockets[symbol] = (sockets[symbol] ?? 0) + 1;
  assert.deepEqual(new Set(sockets), new Set([10]));
  const [first, second] = [chosen.subarray(0, 5), new Set(chosen.subarray(5, 10))];
  assert.ok(first.every((symbol) => !second.has(symbol)));
});
