import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRetryGate } from './retry-gate.ts';

/** So many who wait for `part`, and which of them were woken. */
function wait(retryGate: ReturnType<typeof createRetryGate>, part: string, count: number) {
  const woken: number[] = [];
  const waits = Array.from({ length: count }, (_, i) => retryGate.pause(part).then(() => woken.push(i)));
  return { woken, all: Promise.all(waits) };
}

/** Lets what was resolved be seen. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('of many who wait a few try again soon, the others not before two seconds', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { woken, all } = wait(createRetryGate(), '', 100);
  context.mock.timers.tick(100);
  await turn();
  assert.deepEqual(woken, [0, 1, 2, 3]);
  context.mock.timers.tick(1899);
  await turn();
  assert.equal(woken.length, 4);
  context.mock.timers.tick(1);
  await all;
  assert.equal(woken.length, 100);
});

test('an answer wakes all who wait for the same part, and nobody else', async () => {
  const retryGate = createRetryGate();
  const north = wait(retryGate, 'north', 100);
  const south = wait(retryGate, 'south', 1);
  retryGate.answered('north');
  await north.all;
  assert.equal(north.woken.length, 100);
  assert.equal(south.woken.length, 0);
  retryGate.answered('south');
  await south.all;
});

test('who fails again after an answer waits again', async () => {
  const retryGate = createRetryGate();
  const first = wait(retryGate, '', 10);
  retryGate.answered('');
  await first.all;
  const second = wait(retryGate, '', 10);
  assert.equal(second.woken.length, 0);
  retryGate.answered('');
  await second.all;
});
