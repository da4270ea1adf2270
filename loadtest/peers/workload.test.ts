import assert from 'node:assert/strict';
import { test } from 'node:test';
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
