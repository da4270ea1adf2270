import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSmallHub, type FakeSocket, type SmallHub, story, testTailLimits } from './fixtures.ts';
import { createReplays, type Replays } from './replays.ts';

const turnUpdates = 10;
const bufferBytes = 500;

/** A client that holds everything up to 9 of 100 updates, all of which are in memory because it asked. */
async function resumeFarBack(): Promise<{ hub: SmallHub; replays: Replays; socket: FakeSocket }> {
  const hub = createSmallHub();
  hub.history.add(7, 0, 99);
  await hub.tail.open();
  await hub.tail.reachBack(10);
  const limits = { replayBufferBytes: bufferBytes, replayTurnUpdatesMax: turnUpdates };
  const replays = createReplays({ lanes: hub.lanes }, limits);
  const { session, socket } = hub.connect();
  replays.attach(session, hub.tail, 0, { epoch: 7, seq: 9, exact: true });
  return { hub, replays, socket };
}

/** A turn, and then the sweep that lets go of what nobody needs, half of the hold's time later. */
function turnAndSweep(hub: SmallHub, replays: Replays): void {
  replays.turn();
  hub.now += testTailLimits.replayHoldMs / 2;
  hub.tail.trim(hub.now);
  replays.keepTicks();
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => [from + i, from + i]);

describe('replays', () => {
  test('ticks stay in memory until a client that reads has got them, however long its turn takes', async () => {
    const { hub, replays, socket } = await resumeFarBack();
    for (let turn = 0; turn < 9; turn++) turnAndSweep(hub, replays);
    assert.deepEqual(story(socket.sent), range(10, 99));
    assert.ok(hub.now > 4 * testTailLimits.replayHoldMs);
  });

  test('they do not stay for a client that does not read: it is told what it lost', async () => {
    const { hub, replays, socket } = await resumeFarBack();
    turnAndSweep(hub, replays);
    socket.buffered = bufferBytes;
    for (let turn = 0; turn < 3; turn++) turnAndSweep(hub, replays);
    assert.ok(hub.tail.log.first > 20);
    socket.buffered = 0;
    replays.turn();
    assert.deepEqual(story(socket.sent), [...range(10, 19), 'slow_consumer', [99, 99]]);
  });
});
