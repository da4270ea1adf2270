import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runScenarios } from './run.ts';
import { chooseScenarios, listScenarios } from './scenarios.ts';

/** A few that need no more than seconds; `npm run chaos` has all of them, and their times. */
const short = ['hub-killed', 'redis-flushed', 'clients-reset'];
const users = 60;

test('a killed hub, a flushed Redis, connections reset: no client misses anything in silence', async (t) => {
  const scenarios = chooseScenarios(listScenarios(0), short);
  const outcomes = await runScenarios(
    scenarios,
    {
      testCluster: (text) => t.diagnostic(text),
      begun: ({ fault }) => t.diagnostic(fault),
      ended: ({ failures }) => t.diagnostic(failures.join('; ') || 'held'),
      closed: () => undefined,
    },
    { users },
  );
  assert.equal(outcomes.length, short.length);
  for (const { scenario, result, failures } of outcomes) {
    // How long it took says more of the machine than of Tickwire here: only what was seen is judged.
    assert.ok(result !== undefined, `${scenario.name}: ${failures.join('; ')}`);
    assert.deepEqual(result.findings, { gaps: 0, duplicates: 0, disorder: 0, other: 0 }, failures.join('; '));
  }
});
