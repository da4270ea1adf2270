import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientAddress } from './client-address.ts';
import { parseNetworks } from './network-address.ts';

const proxies = parseNetworks(['10.0.0.0/8', 'fd00::/8']);
assert.ok(proxies !== undefined);
const nobody = parseNetworks([]);
assert.ok(nobody !== undefined);

const seen = (peer: string, header: string, proxied = '', trusted = proxies) =>
  clientAddress({ peer, proxied, forwarded: () => header }, trusted);

test('a header counts only when a trusted proxy brings it', () => {
  assert.equal(seen('10.0.0.1', '198.51.100.7'), '198.51.100.7');
  assert.equal(seen('203.0.113.9', '198.51.100.7'), '203.0.113.9');
  assert.equal(seen('203.0.113.9', '', '198.51.100.7'), '203.0.113.9');
  assert.equal(seen('10.0.0.1', '198.51.100.7', '', nobody), '10.0.0.1');
});

test('what a client put in front of what the proxy wrote changes nothing', () => {
  assert.equal(seen('10.0.0.1', '127.0.0.1, 10.9.9.9, 198.51.100.7'), '198.51.100.7');
  assert.equal(seen('10.0.0.1', 'junk,198.51.100.7,10.0.0.2'), '198.51.100.7');
});

test('a chain of proxies is followed to the first address that is none of them', () => {
  assert.equal(seen('10.0.0.1', '198.51.100.7, fd00::1, 10.0.0.2'), '198.51.100.7');
  assert.equal(seen('10.0.0.1', '10.0.0.3, 10.0.0.2'), '10.0.0.3');
});

test('the PROXY protocol names the client, or a proxy behind which the header goes on', () => {
  assert.equal(seen('10.0.0.1', '', '198.51.100.7'), '198.51.100.7');
  assert.equal(seen('10.0.0.1', '192.0.2.1', '198.51.100.7'), '198.51.100.7');
  assert.equal(seen('10.0.0.1', '192.0.2.1', '10.0.0.2'), '192.0.2.1');
});

test('what is no address ends the search at the last one that was', () => {
  for (const header of ['', ',,,', 'unknown', '1.2.3.4:80', '198.51.100.7, _hidden'])
    assert.equal(seen('10.0.0.1', header), '10.0.0.1', header);
});

test('an endless header is looked at from its end, and not all of it', () => {
  assert.equal(seen('10.0.0.1', `${'1.1.1.1,'.repeat(100_000)}198.51.100.7`), '198.51.100.7');
  const hops = `198.51.100.7,${Array.from({ length: 50 }, (_, hop) => `10.0.1.${hop}`).join(',')}`;
  assert.equal(seen('10.0.0.1', hops), '10.0.1.34');
});
