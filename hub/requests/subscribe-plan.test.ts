import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FanoutError } from '#fanout/ports.ts';
import { arrive, createSmallHub, tickOf } from '#hub/fixtures.ts';
import { judgeResume } from '#hub/recovery/resume.ts';
import { nothingRead } from '#hub/symbols/history-read.ts';
import type { SymbolTail } from '#hub/symbols/symbol-feed.ts';
import type { Tails } from '#hub/symbols/symbol-feeds.ts';
import type { Rejection } from '#protocol/messages.ts';
import { prepareAll } from './subscribe-plan.ts';

/** Tails of which one takes until `open` is called to be there. */
function tailsWith(slow: SymbolTail): { readonly tails: Tails; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const tails: Tails = {
    size: 2,
    symbols: () => [],
    hold: () => slow,
    release: () => undefined,
    isOpen: (tail) => tail !== slow,
    opened: (tail) => (tail === slow ? opened : Promise.resolve()),
    idleMs: () => 0,
    failing: () => false,
    sweep: () => undefined,
  };
  return { tails, open };
}

/** The symbols refused after `timeouts` times `timeoutMs`, while the fanout answered `idleMs` ago. */
async function refusedAfter(t: TestContext, timeouts: number, idleMs: number, slow = createSmallHub().tail) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { tails } = tailsWith(slow);
  const rejected: Rejection[] = [];
  void prepareAll(
    [{ tail: slow, since: undefined }],
    rejected,
    { ...tails, idleMs: () => idleMs },
    1000,
    nothingRead(),
  );
  for (let i = 0; i < timeouts; i++) t.mock.timers.tick(1000);
  return rejected.map(({ symbol, code }) => `${symbol} ${code}`);
}

test('who waits while the fanout answers nobody is refused after the time-out', async (t) => {
  assert.deepEqual(await refusedAfter(t, 1, 1000), ['AAPL unavailable']);
});

test('who waits while the fanout answers others is not refused, however long it takes', async (t) => {
  assert.deepEqual(await refusedAfter(t, 60, 10), []);
});

test('who waits for a history that fails is refused, though the fanout answers others', async (t) => {
  const { tail, history } = createSmallHub();
  history.failure = new FanoutError('unavailable', 'away');
  void tail.open();
  await nextTurn();
  assert.deepEqual(await refusedAfter(t, 1, 10, tail), ['AAPL unavailable']);
});

test('what one symbol has in memory for a resume stays there while others are waited for', async () => {
  const hub = createSmallHub();
  hub.history.add(7, 0, 9);
  await hub.tail.open();
  const since = { epoch: 7, seq: 6 };
  const slow = createSmallHub().tail;
  const { tails, open } = tailsWith(slow);
  const wanted = [
    { tail: hub.tail, since },
    { tail: slow, since: undefined },
  ];
  const prepared = prepareAll(wanted, [], tails, 1000, nothingRead());
  await Promise.resolve();
  await Promise.resolve();
  for (let seq = 10; seq < 40; seq++) arrive(hub.tail, tickOf(seq), 7, seq);
  hub.tail.trim(hub.now);
  open();
  assert.equal((await prepared).length, 2);
  assert.equal(judgeResume(hub.tail.log, since), 'continue');
});
