import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandLineError } from '#runtime/command-line.ts';
import { parseArguments } from './arguments.ts';

const known = ['encode', 'memory', 'publish'];

test('no name means every bench, and nothing is written unless it is asked for', () => {
  assert.deepEqual(parseArguments([], known), { names: known, figures: 'print' });
  assert.equal(parseArguments(['--write'], known).figures, 'store');
});

test('names are run in the order of the list, once each', () => {
  const order = parseArguments(['publish', '--compare', 'encode', 'publish'], known);
  assert.deepEqual(order, { names: ['encode', 'publish'], figures: 'compare' });
});

test('an unknown bench is refused with the names that there are', () => {
  assert.throws(
    () => parseArguments(['encode', 'enocde'], known),
    new CommandLineError('there is no bench enocde; there are encode, memory, publish'),
  );
});

test('what is compared can not be overwritten by the same run', () => {
  assert.throws(() => parseArguments(['--compare', '--write'], known), CommandLineError);
});
