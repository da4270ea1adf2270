import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '#client/clock.ts';
import { type PlayedClient, playClient, settle } from '#client/fixtures.ts';

const hourMs = 3_600_000;
const heartbeatMs = 15_000;

async function live(messages_per_second = 20): Promise<PlayedClient> {
  const played = playClient();
  played.newest().welcomes({ messages_per_second });
  await settle();
  return played;
}

/** The hub of the newest socket lives: it answers each ping and sends its heartbeats. */
async function livesFor(played: PlayedClient, ms: number): Promise<void> {
  const socket = played.newest();
  let answered = 0;
  for (let passed = 0; passed < ms; passed += 1000) {
    await played.clock.advance(1000);
    const pings = socket.sent.filter(({ type }) => type === 'ping').length;
    for (; answered < pings; answered++) socket.says({ type: 'pong' });
    if (passed % heartbeatMs === 0) socket.says({ type: 'heartbeat', time: 'now' });
  }
}

describe('a wall clock that is set', () => {
  for (const [words, ms] of [
    ['an hour ahead', hourMs],
    ['an hour back', -hourMs],
  ] as const) {
    test(`${words} does no harm to a connection that lives`, async () => {
      const played = await live();
      played.clock.wallAheadMs += ms;
      await livesFor(played, 120_000);
      assert.deepEqual([played.sockets.length, played.newest().closed], [1, false]);
    });

    test(`${words} does not hide one that is dead`, async () => {
      const played = await live();
      played.clock.wallAheadMs += ms;
      await played.clock.advance(2 * heartbeatMs);
      assert.equal(played.sockets[0]?.closed, true);
    });

    test(`${words} neither holds up what is asked nor lets it go too fast`, async () => {
      const { client, clock, newest } = await live(1);
      client.subscribe(['AAPL']);
      await settle();
      clock.wallAheadMs += ms;
      client.subscribe(['TSLA']);
      await settle();
      assert.equal(newest().subscribes.length, 1);
      await clock.advance(1000);
      assert.equal(newest().subscribes.length, 2);
    });

    test(`${words} changes nothing in when to connect again`, async () => {
      const { clock, newest, sockets } = await live();
      newest().drops();
      await clock.advance(500);
      newest().welcomes();
      clock.wallAheadMs += ms;
      newest().drops(); // at once: it did not last, whatever the wall clock says
      await clock.advance(999);
      assert.equal(sockets.length, 2);
      await clock.advance(1);
      assert.equal(sockets.length, 3);
    });
  }
});

test('what lasts is measured by a clock that nobody sets', (t) => {
  const before = systemClock.monotonic();
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() - hourMs });
  const backMs = systemClock.monotonic() - before;
  t.mock.timers.setTime(Date.now() + 2 * hourMs);
  const aheadMs = systemClock.monotonic() - before;
  assert.ok(backMs >= 0 && aheadMs >= backMs && aheadMs < hourMs / 2, `${backMs} ms, ${aheadMs} ms`);
});

describe('after the machine slept', () => {
  for (const [words, goesOn] of [
    ['goes on', true],
    ['stands still', false],
  ] as const) {
    test(`a dead connection is noticed within 10 s, where the clock ${words} meanwhile`, async () => {
      const played = await live();
      played.clock.sleep(8 * hourMs, goesOn);
      await played.clock.advance(10_000);
      assert.equal(played.sockets[0]?.closed, true);
    });

    test(`one that lives goes on, where the clock ${words} meanwhile`, async () => {
      const played = await live();
      played.clock.sleep(40_000, goesOn);
      await livesFor(played, 60_000);
      assert.deepEqual([played.sockets.length, played.newest().closed], [1, false]);
    });
  }

  test('an answer that had arrived is read before its request is given up', async () => {
    const { client, clock, newest, sockets } = await live();
    client.subscribe(['AAPL']);
    await settle();
    clock.sleep(60_000, true);
    await clock.advance(0); // the timers that are overdue come first
    newest().answers('7-1');
    await clock.advance(2000);
    assert.deepEqual([sockets.length, newest().closed], [1, false]);
  });
});
