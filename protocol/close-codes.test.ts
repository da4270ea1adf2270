import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeCodes, shouldReconnect } from './close-codes.ts';

test('every close code is in the range that says what to do, and none is used twice', () => {
  const codes = Object.values(closeCodes);
  assert.equal(new Set(codes).size, codes.length);
  for (const code of codes) assert.ok(code >= 4000 && code <= 4999, String(code));
});

test('a client that was drained, slow or failed reconnects; one that misbehaved stops', () => {
  for (const reason of ['drain', 'slow_consumer', 'internal_error'] as const)
    assert.equal(shouldReconnect(closeCodes[reason]), true, reason);
  for (const reason of ['protocol_abuse', 'message_too_large', 'rate_abuse'] as const)
    assert.equal(shouldReconnect(closeCodes[reason]), false, reason);
});

test('a lost connection and the codes of WebSocket itself mean reconnect', () => {
  for (const code of [1000, 1001, 1005, 1006, 1011, 1012, 1013, 3000, 4000, 4499])
    assert.equal(shouldReconnect(code), true, String(code));
  for (const code of [4500, 4999]) assert.equal(shouldReconnect(code), false, String(code));
});
