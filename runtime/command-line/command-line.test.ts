import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyText, numberAbove, oneOf, wholeNumber } from './declare.ts';
import { helpText } from './help.ts';
import { CommandLineError, readCommandLine } from './read.ts';
import { runScript } from './run-script.ts';

const thing = { command: 'npm run thing', about: 'Does it.' };
const help = 'Usage: npm run thing\n  Does it.\n\n  --help   shows this\n';

const painter = {
  command: 'npm run paint',
  about: 'Paints walls.',
  names: { value: 'WALL', about: 'what is painted', each: oneOf(['north', 'south']), min: 1 },
  options: {
    coats: { value: 'N', about: 'of paint', schema: wholeNumber(1, 8).default(2) },
    hours: { value: 'H', about: 'to dry', schema: numberAbove(0, 24).optional() },
    tint: { value: 'NAME', short: 't', about: 'mixed in', schema: anyText().array().default([]) },
    dry: { about: 'says what it would do' },
  },
  examples: ['npm run paint -- --coats 3 north'],
} as const;

function terminal() {
  const said = { stdout: '', stderr: '' };
  const writer = (stream: 'stdout' | 'stderr') => ({ write: (text: string) => (said[stream] += text) });
  return { said, stdout: writer('stdout'), stderr: writer('stderr') };
}

test('help is told on standard output and starts nothing, whatever is beside it', async () => {
  for (const args of [['--help'], ['-h'], ['nonsense', '--nonsense', '--help']]) {
    const { said, ...streams } = terminal();
    const started = () => assert.fail('it was started');
    assert.equal(await runScript(thing, args, streams, started), 0);
    assert.deepEqual(said, { stdout: help, stderr: '' });
  }
});

test('what is wrong with a command line is told with the help on standard error, and is code 2', async () => {
  const { said, ...streams } = terminal();
  const code = await runScript(thing, ['--colour'], streams, () => 0);
  assert.equal(code, 2);
  assert.deepEqual(said, { stdout: '', stderr: `Unknown option '--colour'\n\n${help}` });
});

test('another error is thrown on, and a code is passed on', async () => {
  const { said: _, ...streams } = terminal();
  const bug = new TypeError('a bug');
  const fails = () => Promise.reject(bug);
  await assert.rejects(runScript(thing, [], streams, fails), bug);
  const code = await runScript(painter, ['north'], streams, ({ names: [wall] }) =>
    wall === 'north' ? 7 : 0,
  );
  assert.equal(code, 7);
});

test('names may stand between options, and are refused where there are only options', () => {
  const asked = readCommandLine(painter, [
    'north',
    '--coats',
    '1',
    'south',
    '--dry',
    '-t',
    'red',
    '--tint=blue',
  ]);
  assert.deepEqual(asked.names, ['north', 'south']);
  assert.deepEqual(asked.options, { coats: 1, hours: undefined, tint: ['red', 'blue'], dry: true });
  assert.deepEqual(readCommandLine(painter, ['north']).options.coats, 2);
  assert.throws(() => readCommandLine(thing, ['a']), new CommandLineError('"a" is not expected here'));
  assert.throws(
    () => readCommandLine(painter, ['--coats']),
    /^CommandLineError: .*'--coats <value>' argument missing/,
  );
});

test('every value that is wrong is told at once, each with what it must be', () => {
  assert.throws(
    () => readCommandLine(painter, ['--coats', '9', 'west', '--hours', 'long']),
    new CommandLineError(
      [
        '--coats is 9, but must be a whole number from 1 to 8',
        '--hours is long, but must be a number above 0, up to 24',
        'WALL is west, but must be one of north, south',
      ].join('\n'),
    ),
  );
});

test('names that are missing or too many are told', () => {
  assert.throws(
    () => readCommandLine(painter, []),
    new CommandLineError('WALL is missing: it must be one of north, south'),
  );
  const one = { ...thing, names: { value: 'FILE', about: 'it', each: anyText(), max: 1 } };
  assert.throws(() => readCommandLine(one, ['a', 'b']), new CommandLineError('one FILE at a time, not a b'));
});

test('a whole number is digits within its range and nothing else', () => {
  const eight = wholeNumber(1, 8);
  assert.equal(eight.parse('8'), 8);
  for (const text of ['0', '9', '', '1.5', '-1', '1e0', ' 1', '0x1', '9'.repeat(400)])
    assert.equal(eight.safeParse(text).success, false, text);
});

test('a number above another one is no text, and not that one', () => {
  assert.equal(numberAbove(0, 24).parse('0.5'), 0.5);
  for (const text of ['0', '24.1', 'ten', '', 'Infinity'])
    assert.equal(numberAbove(0, 24).safeParse(text).success, false, text);
});

test('what stands behind the names and is not known is passed on as it was typed', () => {
  const wrapper = { ...painter, passesOnTo: 'brush' };
  const typed = ['north', '--out', 'json=x', '-t', 'red', '--tint=blue', '-q', '--coats', '3'];
  const { names, options, passedOn } = readCommandLine(wrapper, typed);
  assert.deepEqual(names, ['north']);
  assert.deepEqual([options.tint, options.coats], [['red', 'blue'], 3]);
  assert.deepEqual(passedOn, ['--out', 'json=x', '-q']);
  assert.throws(() => readCommandLine(wrapper, ['--quiet', 'north']), /WALL is missing/);
  assert.throws(() => readCommandLine(wrapper, ['north', '--coats']), /--coats has no value, but must be/);
});

test('help has every option, what its value must be, and what is taken when it is not given', () => {
  const expected = `Usage: npm run paint -- [options] WALL …
  Paints walls.

  WALL              what is painted: one of north, south
  --coats N         of paint: a whole number from 1 to 8; 2 when not given
  --hours H         to dry: a number above 0, up to 24
  -t, --tint NAME   mixed in
  --dry             says what it would do
  --help            shows this

Examples
  npm run paint -- --coats 3 north
`;
  assert.equal(helpText(painter), expected);
});

test('help fits a terminal', () => {
  const about = 'word '.repeat(100).trim();
  const options = { long: { value: 'N', about, schema: wholeNumber(1, 2) } };
  const text = helpText({ ...thing, about, options });
  assert.ok(
    text.split('\n').every((line) => line.length <= 120 && !line.endsWith(' ')),
    text,
  );
});
