import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmallHub, tickOf } from './fixtures.ts';
import { judgeResume } from './resume.ts';
import type { SymbolTail } from './tail.ts';
import type { Tails } from './tails.ts';
import { prepareAll } from './wanted.ts';

/** Tails of which one takes until `open` is called to be there. */
function tailsWith(slow: SymbolTail): { readonly tails: Tails; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const tails: Tails = {
    size: 2,
    hold: () => slow,
    release: () => undefined,
    isOpen: (tail) => tail !== slow,
    opened: (tail) => (tail === slow ? opened : Promise.resolve()),
    sweep: () => undefined,
  };
  return { tails, open };
}

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
  const prepared = prepareAll(wanted, [], tails, 1000);
  await Promise.resolve();
  await Promise.resolve();
  for (let seq = 10; seq < 40; seq++) hub.tail.accept(tickOf(seq), 7, seq);
  hub.tail.trim(hub.now);
  open();
  assert.equal((await prepared).length, 2);
  assert.equal(judgeResume(hub.tail.log, since), 'continue');
});
