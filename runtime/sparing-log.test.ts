import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSparingLog } from './sparing-log.ts';

test('of many lines one in a while is written, and says how many were left out', () => {
  const lines: unknown[] = [];
  let now = 0;
  const log = createSparingLog(
    (fields, message) => lines.push([message, fields]),
    () => now,
    10_000,
  );
  for (let i = 0; i < 5; i++) log({ i }, 'refused');
  now = 9_999;
  log({ i: 5 }, 'refused');
  now = 10_000;
  log({ i: 6 }, 'refused');
  assert.deepEqual(lines, [
    ['refused', { i: 0, unlogged: 0 }],
    ['refused', { i: 6, unlogged: 5 }],
  ]);
});
