import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientRow, reliabilityPage } from './report.ts';
import type { StoredOutcome } from './results.ts';

const held: StoredOutcome = {
  ...{
    fault: '`kill -9` of a hub',
    redis: 'standalone',
    failures: [],
    machine: 'a machine',
    date: '2026-11-21',
  },
  result: {
    ...{ users: 240, seconds: 9, findings: { gaps: 0, duplicates: 0, disorder: 0, other: 0 }, resets: {} },
    ...{ stalled: 120, stallMedianMs: 400, stallMaxMs: 900, liveMedianMs: 410, liveMaxMs: 1200.4 },
    ...{ calmStallMs: 50, ownLagMs: 20, hubBytes: [1e8, 1.1e8], feedBytes: [1e8, 1e8] },
    promised: [{ text: 'clients live elsewhere ≤ 10000 ms', measured: '1200 ms', held: true }],
  },
};

const { result: _, ...never } = { ...held, failures: ['240 users are not live'] };

test('a fault after which the clients did not come back has no figures, and fails', () => {
  assert.equal(clientRow('x', never).verdict, '**fails**');
  assert.equal(clientRow('x', never)['live again, all'], 'never');
  assert.deepEqual(Object.keys(clientRow('x', never)), Object.keys(clientRow('x', held)));
});

test('the page names what did not hold, and says so when all held', () => {
  assert.match(reliabilityPage({ 'hub-killed': held }), /Nothing: every scenario held/);
  const page = reliabilityPage({ 'hub-killed': held, 'hub-sunk': never });
  assert.match(page, /\*\*hub-sunk\*\*: 240 users are not live/);
  assert.match(page, /^\| hub-killed \| 0 \| 0 \| 120 \| 0\.4 \| 1\.2 \| 1\/1 \|$/m);
  assert.match(page, /^\| \*\*hub-sunk\*\* \| \? .*\| never \| \? \|$/m);
  assert.match(page, /2026-11-21; a machine/);
  assert.match(
    reliabilityPage({ 'hub-killed': held }, [{ name: 'hub-killed' }, { name: 'soak' }]),
    /Not run for this page: soak\./,
  );
});

test('a remark stands on the page when its scenario was run', () => {
  const all = [
    { name: 'hub-killed', remark: 'This one says.' },
    { name: 'soak', remark: 'That one not.' },
  ];
  const page = reliabilityPage({ 'hub-killed': held }, all);
  assert.match(page, /\*\*hub-killed\*\*: This one says\./);
  assert.doesNotMatch(page, /That one not/);
});
