import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FanoutError, type SourceStatus } from '#fanout/ports.ts';
import { createSourceList, shownSources } from './source-list.ts';

test('however often the sources are asked for, they are read twice a second at most', async () => {
  const clock = { ms: 0 };
  let reads = 0;
  const sources = async () => {
    reads++;
    return [];
  };
  const list = createSourceList({ sources }, () => clock.ms);
  for (let i = 0; i < 100; i++) assert.equal(String((await list.read())?.whole), '{"sources":[]}');
  assert.equal(reads, 1);
  clock.ms = 500;
  await Promise.all(Array.from({ length: 100 }, () => list.read()));
  assert.equal(reads, 2);
});

test('sources that can not be read are said to be so, and are read again', async () => {
  const clock = { ms: 0 };
  let away = true;
  const sources = async () => {
    if (away) throw new FanoutError('unavailable', 'Redis is away');
    return [];
  };
  const list = createSourceList({ sources }, () => clock.ms);
  assert.equal(await list.read(), undefined);
  away = false;
  clock.ms = 500;
  assert.deepEqual((await list.read())?.statuses, []);
});

test('a client is shown each source once, by the adapter that is furthest, and those it may have nothing of not at all', () => {
  const report = (source: string, instance: string, state: SourceStatus['state']): SourceStatus => ({
    ...{ source, instance, state, problem: `${instance} failed`, symbols: 9, lastTickAt: 1, published: 1 },
    ...{ rejected: {}, gaveUp: 0, venueGaps: 0, reconnects: 0 },
  });
  const statuses = [
    report('b', 'host-1', 'standby'),
    report('b', 'host-2', 'leading'),
    report('a', 'host-1', 'stale'),
    report('secret', 'host-3', 'leading'),
  ];
  const counts = new Map([
    ['a', 1],
    ['b', 2],
    ['gone', 3],
  ]);
  assert.deepEqual(shownSources(statuses, counts), [
    { source: 'a', state: 'stale', symbols: 1 },
    { source: 'b', state: 'leading', symbols: 2 },
  ]);
});
