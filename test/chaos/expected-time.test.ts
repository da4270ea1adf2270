import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedSeconds } from './expected-time.ts';
import type { Scenario } from './scenario.ts';

const scenario = (name: string, more: Partial<Scenario> = {}): Scenario => ({
  ...{ name, fault: 'none', redis: 'standalone', run: async () => undefined },
  ...more,
});

test('the time of a run is that of its scenarios, and of the test clusters that they do not share', () => {
  const shared = [scenario('a'), scenario('b')];
  const alone = expectedSeconds(shared.slice(0, 1), {});
  const together = expectedSeconds(shared, {});
  const apart = expectedSeconds([scenario('a'), scenario('b', { redis: 'cluster' })], {});
  assert.ok(together < 2 * alone);
  assert.equal(apart, 2 * alone);
});

test('a scenario that says how long it takes is believed', () => {
  const [short, long] = [1, 601].map((seconds) => expectedSeconds([scenario('soak', { seconds })], {}));
  assert.equal((long ?? 0) - (short ?? 0), 600);
});
