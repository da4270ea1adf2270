import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '#test/harness/redis/until.ts';
import { watchTopology } from './topology-watch.ts';

function start(doubtMs: number) {
  const seen = { asked: 0 };
  const watch = watchTopology(() => seen.asked++, { doubtIntervalMs: 1, doubtMs });
  return { seen, watch };
}

test('without a doubt nobody is asked', () => {
  const { seen, watch } = start(60_000);
  watch.close();
  assert.equal(seen.asked, 0);
});

test('a doubt asks at once, and again and again for as long as it lasts', async () => {
  const { seen, watch } = start(60_000);
  watch.doubt();
  assert.equal(seen.asked, 1);
  await until('it is asked again', () => seen.asked > 5);
  watch.close();
});

test('many doubts at a time are one question', () => {
  const { seen, watch } = start(60_000);
  for (let i = 0; i < 100; i++) watch.doubt();
  assert.equal(seen.asked, 1);
  watch.close();
});

test('a doubt that is not renewed ends, and the next one asks at once again', async () => {
  const { seen, watch } = start(0);
  watch.doubt();
  assert.equal(seen.asked, 1);
  await until('another doubt is asked at once', () => {
    const before = seen.asked;
    watch.doubt();
    return seen.asked > before;
  });
  watch.close();
});

test('after its end nothing is asked, whoever doubts', () => {
  const { seen, watch } = start(60_000);
  watch.close();
  watch.doubt();
  assert.equal(seen.asked, 0);
});
