import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHubCounts } from './counts.ts';
import { describeHub, type HubPlace } from './hub-presence.ts';

const place: HubPlace = { host: '0.0.0.0', port: 8080, secure: false, publicUrl: '', socketsMax: 10 };

function hubWith(sockets: number, problem?: string) {
  return { counts: { ...createHubCounts(), sockets }, notReady: () => problem };
}

test('clients are sent to the public address, or to the one that the hub listens on', () => {
  const hub = hubWith(0);
  assert.equal(describeHub(hub, place, '10.0.0.7').socketUrl, 'ws://10.0.0.7:8080/ws');
  assert.equal(describeHub(hub, { ...place, secure: true }, '::1').socketUrl, 'wss://[::1]:8080/ws');
  const publicUrl = 'wss://ticks.example.com/ws';
  assert.equal(describeHub(hub, { ...place, publicUrl }, '10.0.0.7').socketUrl, publicUrl);
});

test('a hub that drains, or is full, wants no more clients', () => {
  assert.deepEqual(describeHub(hubWith(9), place, '10.0.0.7'), {
    ...{ ipAddress: '10.0.0.7', portNumber: 8080, protocol: 'ws', socketUrl: 'ws://10.0.0.7:8080/ws' },
    ...{ sockets: 9, ready: true },
  });
  assert.equal(describeHub(hubWith(10), place, '10.0.0.7').ready, false);
  assert.equal(describeHub(hubWith(0, 'draining'), place, '10.0.0.7').ready, false);
});
