import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FanoutError } from '#fanout/ports.ts';
import { arrive, createSmallHub, tickOf } from '#hub/fixtures.ts';
import { judgeResume } from '#hub/recovery/resume.ts';
import { noRead } from '#hub/symbols/history-read.ts';
import type { SymbolFeed } from '#hub/symbols/symbol-feed.ts';
import { type OpeningFeeds, type PlannedSymbol, prepare, type SubscribePlan } from './subscribe-plan.ts';

function planOf(symbols: readonly PlannedSymbol[]): SubscribePlan {
  return { symbols, rejected: [], read: noRead };
}

/** Feeds of which one takes until `open` is called to be there. */
function feedsWith(slow: SymbolFeed): { readonly feeds: OpeningFeeds; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const feeds: OpeningFeeds = {
    release: () => undefined,
    isOpen: (feed) => feed !== slow,
    opened: (feed) => (feed === slow ? opened : Promise.resolve()),
    idleMs: () => 0,
  };
  return { feeds, open };
}

/** The symbols refused after `timeouts` times `timeoutMs`, while the fanout answered `idleMs` ago. */
async function refusedAfter(t: TestContext, timeouts: number, idleMs: number, slow = createSmallHub().feed) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { feeds } = feedsWith(slow);
  const plan = planOf([{ feed: slow, since: undefined }]);
  let prepared = plan;
  void prepare(plan, { ...feeds, idleMs: () => idleMs }, 1000).then((done) => (prepared = done));
  for (let i = 0; i < timeouts; i++) t.mock.timers.tick(1000);
  await Promise.resolve();
  return prepared.rejected.map(({ symbol, code }) => `${symbol} ${code}`);
}

test('who waits while the fanout answers nobody is refused after the time-out', async (t) => {
  assert.deepEqual(await refusedAfter(t, 1, 1000), ['AAPL unavailable']);
});

test('who waits while the fanout answers others is not refused, however long it takes', async (t) => {
  assert.deepEqual(await refusedAfter(t, 60, 10), []);
});

test('who waits for a history that fails is refused, though the fanout answers others', async (t) => {
  const { feed, history } = createSmallHub();
  history.failure = new FanoutError('unavailable', 'away');
  void feed.open();
  await nextTurn();
  assert.deepEqual(await refusedAfter(t, 1, 10, feed), ['AAPL unavailable']);
});

test('what one symbol has in memory for a resume stays there while others are waited for', async () => {
  const hub = createSmallHub();
  hub.history.add(7, 0, 9);
  await hub.feed.open();
  const since = { epoch: 7, seq: 6 };
  const slow = createSmallHub().feed;
  const { feeds, open } = feedsWith(slow);
  const wanted = [
    { feed: hub.feed, since },
    { feed: slow, since: undefined },
  ];
  const prepared = prepare(planOf(wanted), feeds, 1000);
  await Promise.resolve();
  await Promise.resolve();
  for (let seq = 10; seq < 40; seq++) arrive(hub.feed, tickOf(seq), 7, seq);
  hub.feed.trim(hub.now);
  open();
  assert.equal((await prepared).symbols.length, 2);
  assert.equal(judgeResume(hub.feed.window, since), 'continue');
});
