import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { advertisedAddress } from './advertised-address.ts';

const beside = { netmask: '', mac: '', cidr: null };
const loopback: NetworkInterfaceInfo = { ...beside, address: '127.0.0.1', family: 'IPv4', internal: true };
const linkLocal: NetworkInterfaceInfo = {
  ...{ ...beside, address: 'fe80::1', family: 'IPv6' as const, internal: false, scopeid: 2 },
};
const six: NetworkInterfaceInfo = {
  ...{ ...beside, address: '2001:db8::7', family: 'IPv6' as const, internal: false, scopeid: 0 },
};
const four: NetworkInterfaceInfo = { ...beside, address: '10.1.2.3', family: 'IPv4', internal: false };

test('an address that is listened on is told as it is', () => {
  assert.equal(advertisedAddress('192.0.2.1', { eth0: [four] }), '192.0.2.1');
  assert.equal(advertisedAddress('::1', { eth0: [four] }), '::1');
  assert.equal(advertisedAddress('localhost', { eth0: [four] }), '127.0.0.1');
});

test('who listens everywhere, or on a name, tells an address that others reach', () => {
  for (const host of ['0.0.0.0', '::', 'hub.internal']) {
    assert.equal(advertisedAddress(host, { lo: [loopback], eth0: [linkLocal, six, four] }), '10.1.2.3');
    assert.equal(advertisedAddress(host, { lo: [loopback], eth0: [linkLocal, six] }), '2001:db8::7');
    assert.equal(advertisedAddress(host, { lo: [loopback], eth0: [linkLocal] }), '127.0.0.1');
  }
});
