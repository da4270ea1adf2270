import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTimeShare } from './time-share.ts';

/** A share of 10 to 50 ms, 40 % between, and a clock that the test moves. */
function createScene() {
  const clock = { ms: 0 };
  const time = createTimeShare(() => clock.ms, { atLeastMs: 10, share: 0.4, atMostMs: 50 });
  const work = (ms: number): void =>
    time.spend(() => {
      clock.ms += ms;
    });
  /** Begins a round `ms` after the one before, and returns how many pieces of 1 ms fit into it. */
  const roundAfter = (ms: number): number => {
    clock.ms += ms;
    time.begin();
    const began = clock.ms;
    while (!time.over) work(1);
    const took = clock.ms - began;
    clock.ms = began;
    return took;
  };
  return { time, work, roundAfter };
}

describe('a share of time', () => {
  test('is at least as long as promised, however short the rounds are', () => {
    assert.equal(createScene().roundAfter(1), 10);
  });

  test('grows with the rounds, so that a busy hub gives it as much of its time', () => {
    const { roundAfter } = createScene();
    assert.equal(roundAfter(50), 20);
    assert.equal(roundAfter(100), 40);
  });

  test('has an upper bound, so that what can not wait goes on', () => {
    assert.equal(createScene().roundAfter(10_000), 50);
  });

  test('work that took too long does not take the next round away', () => {
    const { time, work, roundAfter } = createScene();
    work(1000);
    assert.equal(time.over, true);
    assert.equal(roundAfter(1), 50);
  });
});
