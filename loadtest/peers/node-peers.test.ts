import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measure } from './measure.ts';
import { nodePeers } from './node-peers.ts';

const workload = {
  name: 'tiny',
  sockets: 10,
  symbolsPerSocket: 5,
  symbols: 10,
  deliveriesPerSecond: 500,
  frequencyMs: 0,
};

for (const peer of nodePeers)
  test(`${peer.name} delivers every update once and in order`, { timeout: 60_000 }, async () => {
    const order = { workload, deliveriesPerSecond: 500, seconds: 1, warmUpMs: 100, restMs: 100 };
    const run = await measure(peer, order);
    assert.deepEqual(run.wrong, []); // how fast is no matter here
    assert.ok(run.deliveredPerSecond > 0);
    assert.match(peer.version(), /^\d+\.\d+\.\d+/);
  });
