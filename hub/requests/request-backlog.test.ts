import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTimeShare } from '#hub/recovery/time-share.ts';
import { createRequestBacklog } from './request-backlog.ts';

/** A backlog that may work 2 ms a round, and work that takes 1 ms and is listed as it is done. */
function createScene() {
  const rounds: (() => void)[] = [];
  let ms = 0;
  const time = createTimeShare(() => ms, { atLeastMs: 2, share: 0, atMostMs: 2 });
  const backlog = createRequestBacklog({ time, nextRound: (go) => void rounds.push(go) });
  const done: number[] = [];
  const run = (name: number) =>
    backlog.run(() => {
      ms++;
      done.push(name);
      return undefined;
    });
  const nextRound = (): void => {
    for (const go of rounds.splice(0)) go();
  };
  return { run, done, rounds, nextRound };
}

describe('the backlog of requests', () => {
  test('what fits into a round is done at once, without a promise', () => {
    const { run, done } = createScene();
    assert.equal(run(1), undefined);
    assert.deepEqual(done, [1]);
  });

  test('what does not fit waits for the next rounds, in its order', async () => {
    const { run, done, nextRound } = createScene();
    const promises = [1, 2, 3, 4, 5].map(run);
    assert.deepEqual(done, [1, 2]);
    nextRound();
    assert.deepEqual(done, [1, 2, 3, 4]);
    run(6); // behind the one that waits
    nextRound();
    assert.deepEqual(done, [1, 2, 3, 4, 5, 6]);
    await Promise.all(promises);
  });

  test('a round is asked for only while there is work', () => {
    const { run, rounds, nextRound } = createScene();
    run(1);
    nextRound();
    assert.equal(rounds.length, 0);
  });
});
