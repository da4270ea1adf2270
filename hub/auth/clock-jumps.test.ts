import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmallHub, noBarrier } from '#hub/fixtures.ts';
import { SessionAuth } from '#hub/requests/session-auth.ts';
import { codecs } from '#protocol/codec.ts';
import { jwtAuthenticator } from './fixtures.ts';

for (const [words, aheadMs] of [
  ['ahead', 3_600_000],
  ['back', -3_600_000],
] as const)
  test(`a wall clock that is set an hour ${words} gives nobody more or less time to show a token`, () => {
    const hub = createSmallHub();
    let wall = 1_700_000_000_000;
    const unasked = (): never => assert.fail('nobody asks for it');
    const sessionAuth = new SessionAuth(
      {
        ...{ authenticator: jwtAuthenticator(), barrier: noBarrier, counts: hub.counts, random: () => 0 },
        ...{ now: () => wall + hub.now, elapsedMs: () => hub.now },
        ...{ admitted: unasked, entitlementsChanged: unasked, submit: unasked, redeem: unasked },
      },
      { authenticateWithinMs: 1000, expiryNoticeMs: 60_000, malformedMax: 10 },
    );
    const { session, socket } = hub.connect(codecs.json);
    sessionAuth.enter(session);
    wall += aheadMs;
    hub.now = 999;
    sessionAuth.sweep();
    assert.equal(socket.closedWith, undefined);
    hub.now = 1000;
    sessionAuth.sweep();
    assert.equal(socket.closedWith, 4503);
  });
