import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInstanceRecord, parseRegistryTime } from './instance-record.ts';
import type { InstanceRecord } from './node-ports.ts';

const record: InstanceRecord = {
  ipAddress: '10.0.0.7',
  portNumber: 8080,
  protocol: 'ws',
  socketUrl: 'wss://ticks.example.com/ws',
  sockets: 3,
  ready: true,
};

test('a record is read as it was written, without what a later version added', () => {
  const { socketUrl: _, ...without } = record;
  for (const written of [record, without])
    assert.deepEqual(parseInstanceRecord(JSON.stringify({ ...written, zone: 'a' })), written);
});

test('a record with a number or a text that is out of its range is none', () => {
  const broken = [
    ...[-1, 65_536, 1.5, 1e300, '8080'].map((portNumber) => ({ ...record, portNumber })),
    ...[-1, 2 ** 53, 1e300, null].map((sockets) => ({ ...record, sockets })),
    { ...record, socketUrl: `wss://${'x'.repeat(2048)}` },
    { ...record, ipAddress: 'x'.repeat(65) },
    { ...record, ready: 'yes' },
    [],
    null,
  ];
  for (const value of broken) assert.equal(parseInstanceRecord(JSON.stringify(value)), undefined);
  for (const text of ['', '{', '7']) assert.equal(parseInstanceRecord(text), undefined);
});

test('a time of the registry is one that a date can hold', () => {
  assert.equal(parseRegistryTime('1726317296789'), 1_726_317_296_789);
  assert.equal(parseRegistryTime('8640000000000000'), 8.64e15);
  for (const text of [undefined, '', '-1', '1.5', '1e3', '8640000000000001', '99999999999999999', 'now'])
    assert.equal(parseRegistryTime(text), undefined);
});
