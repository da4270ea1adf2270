import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSessionHosts } from './session-hosts.ts';

test('clients are sent to configured hosts, whatever the port, and to no others', () => {
  const may = createSessionHosts(['ticks.example.com', '*.hubs.example.com', '10.0.0.7', 'fd00::1']);
  for (const url of [
    'wss://ticks.example.com/ws',
    'ws://TICKS.example.com:8080/ws',
    'wss://one.hubs.example.com/ws',
    'wss://a.b.hubs.example.com',
    'ws://10.0.0.7:1/ws',
    'ws://[fd00:0::1]:8080/ws',
  ])
    assert.equal(may(url), true, url);
  for (const url of [
    'wss://evil.example/ws',
    'wss://ticks.example.com.evil.example/ws',
    'wss://hubs.example.com/ws',
    'wss://evilhubs.example.com/ws',
    'wss://ticks.example.com@evil.example/ws',
    'wss://evil.example/?ticks.example.com',
    'wss://evil.example#ticks.example.com',
    'wss://evil.example\\@ticks.example.com/ws',
    'wss://ticks.example.com/ws?to=evil',
    'https://ticks.example.com/ws',
    'javascript:alert(1)',
    'ws://10.0.0.70/ws',
    'ws://[fd00::2]/ws',
    'ws://',
    'ws://:80',
    '',
  ])
    assert.equal(may(url), false, url);
});

test('a host of none is nobody', () => {
  assert.equal(createSessionHosts([])('ws://127.0.0.1/ws'), false);
});
