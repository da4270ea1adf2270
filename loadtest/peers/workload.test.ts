import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { replaceMarked } from '#loadtest/bench/report/marked-section.ts';
import { choicesOf, deliveriesOf, socketsBySymbol, updatesPerSecondOf, workloads } from './workload.ts';

test('each socket gets as many different symbols as it wants', () => {
  for (const workload of Object.values(workloads)) {
    const choices = choicesOf(workload);
    const { sockets, symbolsPerSocket } = workload;
    assert.equal(choices.length, sockets * symbolsPerSocket);
    for (let socket = 0; socket < sockets; socket++) {
      const own = choices.subarray(socket * symbolsPerSocket, (socket + 1) * symbolsPerSocket);
      assert.equal(new Set(own).size, symbolsPerSocket);
    }
  }
});

test('the fast tape is 10 updates per second of each symbol to 50 sockets', () => {
  const workload = workloads['fast-tape'];
  assert.equal(updatesPerSecondOf(workload.deliveriesPerSecond, workload), 10_000);
  assert.deepEqual(new Set(socketsBySymbol(workload)), new Set([50]));
});

test('deliveries are counted to the last update', () => {
  const sockets = Int32Array.of(3, 1, 0);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((updates) => deliveriesOf(updates, sockets)),
    [0, 3, 4, 4, 7],
  );
});

test('docs/peers.md has a place for the figures of every workload', () => {
  const path = new URL('../../docs/peers.md', import.meta.url);
  const page = readFileSync(path, 'utf8');
  for (const name of Object.keys(workloads))
    assert.match(replaceMarked(page, `peers-${name}`, 'figures', 'docs/peers.md'), /figures/);
});
