import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommandLine } from '#runtime/command-line/read.ts';
import { peersCommandLine, peersOptions } from './arguments.ts';

const commandLine = peersCommandLine(['tickwire', 'ws']);
const parse = (args: readonly string[]) => peersOptions(readCommandLine(commandLine, args));

test('without arguments it is the fast tape with the peers that it is for', () => {
  const { names, workload, seconds, rounds, out } = parse([]);
  assert.deepEqual([names, workload.name, seconds, rounds, out], [[], 'fast-tape', 5, 2, undefined]);
});

test('sockets and rate replace those of the workload', () => {
  const { workload } = parse(['ws', '--workload', 'idle', '--sockets', '7', '--rate', '9']);
  assert.deepEqual([workload.name, workload.sockets, workload.deliveriesPerSecond], ['idle', 7, 9]);
});

test('what is wrong is said with what is right', () => {
  const wrong: [string[], RegExp][] = [
    [['soketi'], /PEER is soketi, but must be one of tickwire, ws/],
    [['--workload', 'tape'], /--workload is tape, but must be one of fast-tape, headline/],
    [['--seconds', '0'], /--seconds is 0, but must be a whole number from 1 to 600/],
    [['--rounds', '2.5'], /--rounds is 2\.5, but must be a whole number/],
    [['--speed', '1'], /Unknown option '--speed'/],
  ];
  for (const [args, words] of wrong) assert.throws(() => parse(args), words);
});
