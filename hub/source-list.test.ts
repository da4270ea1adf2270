import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FanoutError } from '#fanout/ports.ts';
import { createSourceList } from './source-list.ts';

test('however often the sources are asked for, they are read twice a second at most', async () => {
  const clock = { ms: 0 };
  let reads = 0;
  const sources = async () => {
    reads++;
    return [];
  };
  const list = createSourceList({ sources }, () => clock.ms);
  for (let i = 0; i < 100; i++) assert.equal(String((await list.read()).body), '{"sources":[]}');
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
  assert.equal((await list.read()).status, 503);
  away = false;
  clock.ms = 500;
  assert.equal((await list.read()).status, 200);
});
