import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { createFlushClock } from './flush-clock.ts';

/** A clock whose window is 20 ms, and the times of its flushes. */
function createScene(context: TestContext) {
  context.mock.timers.enable({ apis: ['setTimeout', 'setImmediate', 'Date'] });
  const flushedAt: number[] = [];
  const clock = createFlushClock({ flush: () => flushedAt.push(Date.now()), windowMs: () => 20 });
  return { clock, flushedAt, tick: (ms: number): void => context.mock.timers.tick(ms) };
}

describe('flush clock', () => {
  test('what comes after a quiet time is flushed at once, and together with what came in the same turn', (context) => {
    const { clock, flushedAt, tick } = createScene(context);
    clock.request();
    clock.request();
    assert.deepEqual(flushedAt, []);
    tick(0);
    assert.deepEqual(flushedAt, [0]);
  });

  test('what comes within the window waits for its end', (context) => {
    const { clock, flushedAt, tick } = createScene(context);
    clock.request();
    tick(5);
    clock.request();
    tick(14);
    clock.request();
    assert.equal(flushedAt.length, 1);
    tick(10);
    assert.equal(flushedAt.length, 2);
  });

  test('without anything to flush nothing runs', (context) => {
    const { clock, flushedAt, tick } = createScene(context);
    clock.request();
    tick(0);
    tick(1000); // the window is over, and nothing follows
    assert.equal(flushedAt.length, 1);
    clock.request();
    tick(0);
    assert.equal(flushedAt.length, 2);
  });

  test('a stopped clock flushes no more', (context) => {
    const { clock, flushedAt, tick } = createScene(context);
    clock.request();
    clock.stop();
    tick(1000);
    assert.deepEqual(flushedAt, []);
  });
});
