import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandLineError, readCommandLine, readOptions, runScript, wholeNumber } from './command-line.ts';

const usage = 'Usage: npm run thing\n';

function terminal() {
  const said = { stdout: '', stderr: '' };
  const writer = (stream: 'stdout' | 'stderr') => ({ write: (text: string) => (said[stream] += text) });
  return { said, stdout: writer('stdout'), stderr: writer('stderr') };
}

test('help is told on standard output and starts nothing, whatever is beside it', async () => {
  for (const args of [['--help'], ['-h'], ['nonsense', '--nonsense', '--help']]) {
    const { said, ...streams } = terminal();
    const started = () => assert.fail('it was started');
    assert.equal(await runScript(usage, args, streams, started), 0);
    assert.deepEqual(said, { stdout: usage, stderr: '' });
  }
});

test('what is wrong with a command line is told with the usage on standard error, and is code 2', async () => {
  const { said, ...streams } = terminal();
  const code = await runScript(usage, ['--colour'], streams, (args) => {
    readOptions(args, {});
    return 0;
  });
  assert.equal(code, 2);
  assert.deepEqual(said, { stdout: '', stderr: `Unknown option '--colour'\n\n${usage}` });
});

test('another error is thrown on, and a code is passed on', async () => {
  const { said: _, ...streams } = terminal();
  const bug = new TypeError('a bug');
  const fails = () => Promise.reject(bug);
  await assert.rejects(runScript(usage, [], streams, fails), bug);
  assert.equal(await runScript(usage, ['a'], streams, ([name]) => (name === 'a' ? 7 : 0)), 7);
});

test('names may stand between options, and are refused where there are only options', () => {
  const options = { port: { type: 'string' }, loud: { type: 'boolean', default: false } } as const;
  const read = readCommandLine(['a', '--port', '1', 'b', '--loud'], options);
  assert.deepEqual([read.positionals, read.values.port, read.values.loud], [['a', 'b'], '1', true]);
  assert.throws(() => readOptions(['a'], options), new CommandLineError('"a" is not expected here'));
  assert.throws(
    () => readOptions(['--port'], options),
    /^CommandLineError: .*'--port <value>' argument missing/,
  );
});

test('a whole number is digits within its range and nothing else', () => {
  assert.equal(wholeNumber('--hubs', '8', 1, 8), 8);
  for (const text of ['0', '9', '', '1.5', '-1', '1e0', ' 1', '0x1', '9'.repeat(400)])
    assert.throws(() => wholeNumber('--hubs', text, 1, 8), CommandLineError, text);
});
