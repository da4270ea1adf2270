import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FanoutError } from '#fanout/ports.ts';
import { story } from '#hub/fixtures.ts';
import { DelayScene, delayLimits, minuteMs } from './fixtures.ts';

/** A client with a minute's delay, and the hub's clock at a minute. */
async function subscribed(before: (scene: DelayScene) => void) {
  const scene = new DelayScene();
  scene.hub.now = 1_000_000;
  before(scene);
  const client = scene.connect(1);
  await scene.subscribe(client);
  const seen = () => story(client.socket.sent);
  return { scene, client, seen };
}

test('a symbol whose every update is too young gives no position, and its first one when it is time', async () => {
  const { scene, client, seen } = await subscribed((empty) => void empty.publish());
  const [answer] = client.socket.sent;
  assert.ok(answer?.type === 'subscribed');
  assert.deepEqual([answer.symbols, answer.delayed_minutes], [{ AAPL: {} }, 1]);
  await scene.step(minuteMs - 1);
  assert.deepEqual(seen(), []);
  await scene.step(1);
  assert.deepEqual(seen(), ['begins', [0, 0]]);
  assert.equal(scene.hub.counts.delayedHistoryShort, 0);
});

test('what waits for its time is read once, however often it is looked at', async () => {
  const { scene } = await subscribed((empty) => void empty.publish());
  const { reads } = scene.hub.history;
  for (let i = 0; i < 50; i++) await scene.step(10);
  assert.ok(scene.hub.history.reads <= reads + 1, `${scene.hub.history.reads} after ${reads}`);
});

test('a quiet symbol is read twice in its delay', async () => {
  const { scene } = await subscribed((quiet) => void quiet.publish(minuteMs));
  await scene.step(1);
  const { reads } = scene.hub.history;
  for (let i = 0; i < 100; i++) await scene.step(minuteMs / 20);
  assert.ok(scene.hub.history.reads - reads <= 11, `${scene.hub.history.reads - reads} reads in 5 delays`);
});

test('a history that is too short for the delay is told as trimmed, and what was read of it is shown', async () => {
  const { scene, seen } = await subscribed((first) => void first.publish(minuteMs));
  await scene.step(minuteMs / 2);
  for (let i = 0; i < 20; i++) scene.publish();
  scene.trim(5);
  await scene.step(minuteMs / 2); // reads 16 to 18, a page
  scene.publish();
  scene.trim(1);
  await scene.step(minuteMs / 2);
  assert.deepEqual(seen(), [[0, 0], 'history_trimmed', [16, 16], [17, 17], [18, 18]]);
  await scene.step(minuteMs / 2);
  await scene.step(minuteMs);
  assert.deepEqual(seen().slice(-2), ['history_trimmed', [21, 21]]);
  assert.equal(scene.hub.counts.delayedHistoryShort, 2);
});

test('while the history can not be read nothing is lost: it is read again', async () => {
  const { scene, seen } = await subscribed((first) => void first.publish(minuteMs));
  scene.publish();
  scene.hub.history.failure = new FanoutError('unavailable', 'away');
  await scene.step(minuteMs);
  assert.ok(scene.hub.counts.historyFailures > 0);
  scene.hub.history.failure = undefined;
  await scene.step(delayLimits.delayedRetryMs);
  assert.deepEqual(seen(), [
    [0, 0],
    [1, 1],
  ]);
});

for (const [words, aheadMs] of [
  ['ahead', 60 * minuteMs],
  ['back', -60 * minuteMs],
] as const) {
  test(`clocks that are set an hour ${words} bring nothing too early, and hold nothing up`, async () => {
    const { scene, seen } = await subscribed((first) => void first.publish(minuteMs));
    scene.publish();
    await scene.step(minuteMs / 2);
    scene.hubAheadMs = aheadMs;
    scene.adapterAheadMs = aheadMs;
    await scene.step(minuteMs / 4);
    scene.publish();
    await scene.step(minuteMs / 4 - 1);
    assert.deepEqual(seen(), [[0, 0]]);
    await scene.step(minuteMs / 2); // where it looks again though a clock was set
    assert.deepEqual(seen().slice(1), [[1, 1]]);
    await scene.step(minuteMs / 4);
    assert.equal(seen().length, 2);
    await scene.step(minuteMs / 2);
    assert.deepEqual(seen().slice(2), [[2, 2]]);
  });

  test(`a clock that is set an hour ${words} does not keep a history from being read again`, async () => {
    const { scene, seen } = await subscribed((first) => void first.publish(minuteMs));
    scene.publish(minuteMs);
    scene.hub.history.failure = new FanoutError('unavailable', 'away');
    await scene.step(minuteMs / 2);
    scene.hub.history.failure = undefined;
    scene.hubAheadMs = aheadMs;
    await scene.step(delayLimits.delayedRetryMs);
    assert.deepEqual(seen().slice(1), [[1, 1]]);
  });
}

test('nobody who wants it: the symbol is let go of, and not read any more', async () => {
  const { scene, client } = await subscribed((first) => void first.publish(minuteMs));
  scene.subscriptions.end(client.session);
  await scene.step(delayLimits.lingerMs + 1);
  assert.equal(scene.feeds.size, 0);
  const { reads } = scene.hub.history;
  for (let i = 0; i < 10; i++) await scene.step(minuteMs);
  assert.equal(scene.hub.history.reads, reads);
});

test('whoever gets another delay holds nothing until it subscribes again', async () => {
  const { scene, client, seen } = await subscribed((first) => void first.publish(minuteMs));
  const live = scene.connect(0);
  await scene.subscribe(live);
  scene.entitle(live, 1);
  assert.deepEqual(live.socket.sent.at(-1), {
    type: 'unsubscribed',
    symbols: ['AAPL'],
    reason: 'delay_changed',
  });
  const { position } = scene.publish();
  await scene.step(1);
  assert.equal(live.socket.sent.at(-1)?.type, 'unsubscribed');
  await scene.subscribe(live, `${position.epoch}-${position.seq}`);
  assert.deepEqual(story(live.socket.sent).slice(-2), ['history_unavailable', [0, 0]]);
  assert.deepEqual(seen(), [[0, 0]]);
  scene.entitle(client, 0);
  await scene.subscribe(client, `${position.epoch}-0`);
  assert.deepEqual(seen().slice(-1), [[1, 1]], 'what comes sooner now continues what was held');
});
