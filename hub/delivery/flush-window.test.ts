import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFlushWindow } from './flush-window.ts';

/** The window after the load has been `load` for long. */
function windowAt(load: number, flushMs = 25): number {
  const window = createFlushWindow({ flushMs });
  for (let sample = 0; sample < 20; sample++) window.observe(load);
  return Math.round(window.ms);
}

describe('flush window', () => {
  test('it is short while there is CPU to spare, and as long as configured from a quarter of a core on', () => {
    assert.deepEqual(
      [0, 0.05, 0.1, 0.25, 0.5, 0.8].map((load) => windowAt(load)),
      [2, 5, 10, 25, 25, 25],
    );
  });

  test('a loop that falls behind gets up to four times as long, and no more', () => {
    assert.deepEqual(
      [0.85, 0.9, 1].map((load) => windowAt(load)),
      [25, 50, 100],
    );
  });

  test('a window that is configured shorter than the shortest is taken as it is', () => {
    assert.equal(windowAt(0, 1), 1);
  });

  test('one busy sample lengthens the window, and a quiet time shortens it again', () => {
    const window = createFlushWindow({ flushMs: 20 });
    window.observe(0.3);
    assert.equal(Math.round(window.ms), 12);
    for (let sample = 0; sample < 5; sample++) window.observe(0);
    assert.equal(window.ms, 2);
  });
});
