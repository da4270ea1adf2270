import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KeptInstance, parseInstance, writeInstance } from './node-record.ts';

const now = 1_726_317_296_789;
const kept: KeptInstance = {
  ...{ service: 'hub', serviceName: 'Tickwire hub', instance: 'one', boot: 'first' },
  ...{ serviceSince: now, registeredAt: now, renewedAt: now, expiresAt: now + 10_000 },
  ...{ ipAddress: '10.0.0.7', portNumber: 8080, protocol: 'ws', socketUrl: 'wss://ticks.example.com/ws' },
  ...{ sockets: 3, ready: true },
};

test('an instance is read as it was written, without what a later version added', () => {
  const { socketUrl: _, ...without } = kept;
  for (const written of [kept, without]) {
    assert.deepEqual(parseInstance(writeInstance(written)), written);
    assert.deepEqual(parseInstance(JSON.stringify({ ...written, zone: 'a' })), written);
  }
});

test('an instance with a number or a text that is out of its range is none', () => {
  const broken = [
    ...[-1, 65_536, 1.5, 1e300, '8080'].map((portNumber) => ({ ...kept, portNumber })),
    ...[-1, 2 ** 53, 1e300, null].map((sockets) => ({ ...kept, sockets })),
    ...[-1, 8.64e15 + 1, 1e300, 1.5, 'soon', null].flatMap((time) =>
      ['serviceSince', 'registeredAt', 'renewedAt', 'expiresAt'].map((name) => ({ ...kept, [name]: time })),
    ),
    ...['', 'a b', '-', 'x'.repeat(129), 7, {}].map((instance) => ({ ...kept, instance })),
    { ...kept, socketUrl: `wss://${'x'.repeat(2048)}` },
    { ...kept, ipAddress: 'x'.repeat(65) },
    { ...kept, ready: 'yes' },
    [],
    null,
  ];
  for (const value of broken) assert.equal(parseInstance(JSON.stringify(value)), undefined);
  for (const text of ['', '{', '7', JSON.stringify(kept).replace('"expiresAt":', '"expiresAt":1e400,"_":')])
    assert.equal(parseInstance(text), undefined);
});
