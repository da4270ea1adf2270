import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, noisePercent, spreadPercent } from './statistics.ts';

test('the median is the middle value, or lies between the two middle ones', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.ok(Number.isNaN(median([])));
});

test('the spread spans the extremes, the noise leaves them out', () => {
  const values = [100, 90, 110, 95, 105, 100, 400];
  assert.equal(spreadPercent(values), 310);
  assert.equal(noisePercent(values), 7.5);
});

test('the noise of few runs is that of their extremes', () => {
  assert.equal(noisePercent([90, 100, 110]), 10);
});
