import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SourceStatus } from '#fanout/ports.ts';
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

test('a number that is out of its range is no state: no date, loop or sum is ever made of it', () => {
  const broken = [
    ...[1e300, -1, 8.64e15 + 1].map((lastTickAt) => ({ ...status, lastTickAt })),
    ...[1e300, -1, 0.5, 2 ** 53].map((published) => ({ ...status, published })),
    ...[1e300, -1, 0.5].map((malformed) => ({ ...status, rejected: { malformed } })),
    { ...status, source: 'x'.repeat(256) },
    { ...status, problem: 'x'.repeat(1025) },
    { ...status, rejected: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`r${i}`, 1])) },
  ];
  for (const value of broken)
    assert.equal(parseSourceStatus(JSON.stringify(value)), undefined, JSON.stringify(value).slice(0, 200));
  const written = JSON.stringify({ ...status, lastTickAt: 17 });
  assert.equal(parseSourceStatus(written.replace(':17', ':1e400')), undefined);
  assert.equal(parseSourceStatus(`${written}${' '.repeat(20_000)}`), undefined);
  assert.equal(parseSourceStatus(JSON.stringify({ ...status, lastTickAt: 8.64e15 }))?.lastTickAt, 8.64e15);
});

test('fields of a later version are left out', () => {
  assert.deepEqual(parseSourceStatus(JSON.stringify({ ...status, mood: 'good' })), status);
});
