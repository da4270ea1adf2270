import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandLineError, readCommandLine } from '#runtime/command-line/read.ts';
import { benchCommandLine, benchOrder } from './arguments.ts';

const known = ['encode', 'memory', 'publish'];
const parse = (args: readonly string[]) => benchOrder(readCommandLine(benchCommandLine(known), args), known);

test('no name means every bench, and nothing is written unless it is asked for', () => {
  assert.deepEqual(parse([]), { names: known, figures: 'print' });
  assert.equal(parse(['--write']).figures, 'store');
});

test('names are run in the order of the list, once each', () => {
  const order = parse(['publish', '--compare', 'encode', 'publish']);
  assert.deepEqual(order, { names: ['encode', 'publish'], figures: 'compare' });
});

test('an unknown bench is refused with the names that there are', () => {
  assert.throws(
    () => parse(['encode', 'enocde']),
    new CommandLineError('BENCH is enocde, but must be one of encode, memory, publish'),
  );
});

test('what is compared can not be overwritten by the same run', () => {
  assert.throws(() => parse(['--compare', '--write']), CommandLineError);
});
