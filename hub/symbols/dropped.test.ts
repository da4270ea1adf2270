import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrive, createSmallHub, story, tickOf } from '#hub/fixtures.ts';
import { CatchUp } from '#hub/session/catch-up.ts';
import { createReplayParts } from './replay-parts.ts';

// That a resume is told is held by resume.test.ts, that live subscribers are by feed.test.ts.
const ways = [
  { send: 'sendNext', last: 5, when: 'is behind' },
  { send: 'sendNewest', last: 20, when: 'is slow, and memory has let go of it,' },
] as const;

for (const { send, last, when } of ways)
  test(`who ${when} is told what an adapter gave up, though no number is missing`, async () => {
    const hub = createSmallHub();
    hub.history.add(7, 0, 3);
    await hub.feed.open();
    arrive(hub.feed, tickOf(4, { gaveUp: 3 }), 7, 4);
    for (let seq = 5; seq <= last; seq++) arrive(hub.feed, tickOf(seq), 7, seq);
    const { session, socket } = hub.connect();
    const catchUp = new CatchUp(hub.feed, 0, { epoch: 7, seq: 3, exact: true }, undefined);
    assert.equal(catchUp.nextPart(session, createReplayParts()), undefined);
    catchUp[send](session);
    assert.deepEqual(story(socket.sent), ['history_unavailable', [last, last]]);
  });
