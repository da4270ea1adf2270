import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitKeyOf, parseNetworks } from './network-address.ts';

test('an IPv4 address is counted by itself, however it is written', () => {
  assert.equal(limitKeyOf('203.0.113.7'), '203.0.113.7');
  assert.equal(limitKeyOf('::ffff:203.0.113.7'), '203.0.113.7');
  assert.equal(limitKeyOf('0000:0000:0000:0000:0000:ffff:cb00:7107'), '203.0.113.7');
});

test('the 2^64 addresses of an IPv6 network count as one, two networks as two', () => {
  const keys = ['2001:db8:1:2::1', '2001:0db8:0001:0002:ffff:ffff:ffff:ffff', '2001:DB8:1:2::'].map(
    limitKeyOf,
  );
  assert.deepEqual(new Set(keys), new Set(['2001:db8:1:2::/64']));
  assert.equal(limitKeyOf('2001:db8:1:3::1'), '2001:db8:1:3::/64');
  assert.equal(limitKeyOf('::1'), '0:0:0:0::/64');
  assert.equal(limitKeyOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
});

test('what is no address stays as it is', () => {
  for (const text of ['', 'unknown', '1.2.3', '2001:db8::g']) assert.equal(limitKeyOf(text), text);
});

test('networks hold the addresses of theirs and no others', () => {
  const networks = parseNetworks(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32']);
  assert.ok(networks !== undefined);
  for (const inside of [
    '10.255.0.1',
    '192.0.2.1',
    '2001:db8:ffff::1',
    '0000:0000:0000:0000:0000:ffff:0a00:0001',
  ])
    assert.equal(networks.has(inside), true, inside);
  for (const outside of ['11.0.0.1', '192.0.2.2', '2001:db9::1', '', 'unknown'])
    assert.equal(networks.has(outside), false, outside);
});

test('what is no network is refused', () => {
  for (const entry of ['10.0.0.0/33', '10.0.0/8', '2001:db8::/129', 'localhost', '10.0.0.0/-1', '10.0.0.0/'])
    assert.equal(parseNetworks([entry]), undefined, entry);
});
