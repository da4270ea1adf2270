import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from './arguments.ts';

const known = ['encode', 'memory', 'publish'];

test('no name means every bench', () => {
  assert.deepEqual(parseArguments([], known), { kind: 'run', names: known, compare: false });
});

test('names are run in the order of the list, once each', () => {
  const order = parseArguments(['publish', '--compare', 'encode', 'publish'], known);
  assert.deepEqual(order, { kind: 'run', names: ['encode', 'publish'], compare: true });
});

test('an unknown bench is refused with the names that there are', () => {
  assert.deepEqual(parseArguments(['encode', 'enocde'], known), {
    kind: 'problem',
    text: 'there is no bench enocde; there are encode, memory, publish',
  });
});

test('an unknown option is refused with the usage', () => {
  const order = parseArguments(['--compere'], known);
  assert.ok(order.kind === 'problem');
  assert.match(order.text, /no option --compere[\s\S]*npm run bench/);
});

test('help is help, whatever is beside it', () => {
  assert.equal(parseArguments(['nonsense', '--help'], known).kind, 'help');
});
