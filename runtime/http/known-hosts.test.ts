import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKnownHosts } from './known-hosts.ts';

test('addresses, names without a dot and private names are known without a word', () => {
  const known = createKnownHosts([]);
  for (const host of [
    '',
    'localhost',
    'LOCALHOST:8080',
    'localhost.:8080',
    'desk.localhost:8080',
    '127.0.0.1:8080',
    '192.0.2.7',
    '[::1]:8080',
    '[2001:db8::1]',
    'hub:9090',
    'tickwire-hub.prices.svc:8080',
    'tickwire-hub.prices.svc.cluster.local',
    'trading-mac.local:8080',
    'hub.internal',
    'hub.home.arpa',
  ])
    assert.equal(known(host), true, host);
});

test('a name that could be anybody’s is not known, however it is dressed up', () => {
  const known = createKnownHosts(['ticks.example.com']);
  for (const host of [
    'evil.example',
    'evil.example:8080',
    'evil.example.:8080',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.examplelocalhost.com',
    'ticks.example.com.evil.example',
    'evil.example/ticks.example.com',
    'ticks.example.com@evil.example',
    '[::1].evil.example',
    '999.1.1.1',
  ])
    assert.equal(known(host), false, host);
});

test('configured names are known in any case, with any port, and as the host of an address', () => {
  const known = createKnownHosts([
    'Ticks.example.com',
    'https://desk.example.com:8443',
    'wss://p.example/ws',
  ]);
  for (const host of ['ticks.example.com', 'TICKS.example.com:443', 'desk.example.com', 'p.example:8080'])
    assert.equal(known(host), true, host);
});

test('a star makes every host known', () => {
  assert.equal(createKnownHosts(['https://a.example', '*'])('evil.example'), true);
});
