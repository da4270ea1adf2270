import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommandLine } from '#runtime/command-line/read.ts';
import { chaosArguments, commandLine } from './arguments.ts';
import { chooseScenarios, listScenarios } from './scenarios.ts';

const all = listScenarios(1000);
const parseArguments = (args: readonly string[]) => chaosArguments(readCommandLine(commandLine, args));

test('without arguments every scenario runs and nothing is written', () => {
  const { names, out, soakMinutes, list } = parseArguments([]);
  assert.deepEqual(
    { names, out, soakMinutes, list },
    { names: [], out: undefined, soakMinutes: 10, list: false },
  );
  assert.equal(chooseScenarios(all, names), all);
});

test('names choose the scenarios that begin so, in the order of the suite', () => {
  const { names, soakMinutes } = parseArguments(['soak', '--soak-minutes', '60', 'hub-k']);
  assert.deepEqual(
    chooseScenarios(all, names).map(({ name }) => name),
    ['hub-killed', 'soak'],
  );
  assert.equal(soakMinutes, 60);
});

test('a tracked page is written when it is asked for, another one when it is named', () => {
  assert.equal(parseArguments(['--write', 'soak']).out, 'docs/reliability.md');
  assert.equal(parseArguments(['--out', 'mine.md']).out, 'mine.md');
  assert.throws(() => parseArguments(['--write', '--out', 'mine.md']), /one of them/);
});

test('what is not understood is refused with the words that are', () => {
  assert.throws(() => parseArguments(['--verbose']), /Unknown option '--verbose'/);
  assert.throws(() => parseArguments(['--out']), /argument missing/);
  assert.throws(() => parseArguments(['--soak-minutes', 'ten']), /must be a number above 0/);
  assert.throws(() => chooseScenarios(all, ['hub-sunk']), /there are hub-killed/);
});

test('no two scenarios have one name', () => {
  assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
});
