import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePeersArguments } from './arguments.ts';

const known = ['tickwire', 'ws'];

test('without arguments it is the fast tape with the peers that it is for', () => {
  const { names, workload, seconds, rounds, out } = parsePeersArguments([], known);
  assert.deepEqual([names, workload.name, seconds, rounds, out], [[], 'fast-tape', 5, 2, undefined]);
});

test('sockets and rate replace those of the workload', () => {
  const { workload } = parsePeersArguments(
    ['ws', '--workload', 'idle', '--sockets', '7', '--rate', '9'],
    known,
  );
  assert.deepEqual([workload.name, workload.sockets, workload.deliveriesPerSecond], ['idle', 7, 9]);
});

test('what is wrong is said with what is right', () => {
  const wrong: [string[], RegExp][] = [
    [['soketi'], /soketi: no such peer; there are tickwire, ws/],
    [['--workload', 'tape'], /must be one of fast-tape, headline/],
    [['--seconds', '0'], /--seconds is 0, but must be a whole number from 1 to 600/],
    [['--rounds', '2.5'], /--rounds is 2\.5, but must be a whole number/],
    [['--speed', '1'], /Unknown option '--speed'/],
  ];
  for (const [args, words] of wrong) assert.throws(() => parsePeersArguments(args, known), words);
});
