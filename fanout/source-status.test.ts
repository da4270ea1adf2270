import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SourceStatus } from './ports.ts';
import { parseSourceStatus } from './source-status.ts';

const status: SourceStatus = {
  source: 'simulated',
  instance: 'one',
  state: 'leading',
  symbols: 40,
  published: 7,
  rejected: { malformed: 1 },
  gaveUp: 0,
  venueGaps: 0,
  reconnects: 0,
};

test('a state is read as it was written', () => {
  for (const written of [status, { ...status, problem: 'slow', lastTickAt: 17 }])
    assert.deepEqual(parseSourceStatus(JSON.stringify(written)), written);
});

test('what is no state is left out', () => {
  const broken = [
    { ...status, source: 1 },
    { ...status, state: 'asleep' },
    { ...status, published: '7' },
    { ...status, problem: 5 },
    { ...status, lastTickAt: 'now' },
    { ...status, rejected: { malformed: 'one' } },
    { ...status, rejected: undefined },
    [],
    null,
  ];
  for (const value of broken) assert.equal(parseSourceStatus(JSON.stringify(value)), undefined);
  for (const text of ['', '{', undefined, 7]) assert.equal(parseSourceStatus(text), undefined);
});
