import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aapl, entryOf, tickOf } from '#hub/fixtures.ts';
import { encodeTick } from '#protocol/tick-payload.ts';
import { ReplayWindow } from './replay-window.ts';
import { createSlabs } from './slabs.ts';

const newLog = () => new ReplayWindow(aapl, createSlabs());
const payloadOf = (...args: Parameters<typeof tickOf>) => encodeTick(tickOf(...args));

const newestFirst = (epoch: number, first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => entryOf(epoch, last - index));

describe('feed log', () => {
  test('an empty log takes any first tick for a new epoch', () => {
    const log = newLog();
    assert.equal(log.judge(payloadOf(0), 0, 7, 0), 'new_epoch');
    assert.equal(log.position, undefined);
    assert.equal(log.last, -1);
  });

  test('after a restart the next number joins on, an earlier one is a duplicate, a later one a hole', () => {
    const log = newLog();
    const first = payloadOf(5);
    log.restart(7, 5, 'epoch_changed');
    log.append(first, 0);
    assert.equal(log.judge(payloadOf(6), 0, 7, 6), 'next');
    assert.equal(log.judge(payloadOf(5), 0, 7, 5), 'duplicate');
    assert.equal(log.judge(payloadOf(7), 0, 7, 7), 'hole');
    assert.equal(log.judge(payloadOf(6), 0, 8, 6), 'new_epoch');
    assert.equal(log.judge(payloadOf(6), 0, 6, 6), 'old_epoch');
    assert.equal(log.judge(payloadOf(6, { gaveUp: 3 }), 0, 7, 6), 'gave_up');
  });

  test('older ticks are put before the newer ones as far as they join on', () => {
    const log = newLog();
    log.prepend(newestFirst(7, 4, 6));
    log.prepend([...newestFirst(7, 2, 3), entryOf(7, 0)]);
    assert.deepEqual([log.first, log.last, log.epoch, log.floor], [2, 6, 7, 'history_trimmed']);
    assert.deepEqual(
      [2, 3, 4, 5, 6].map((seq) => log.at(seq)?.price),
      [2, 3, 4, 5, 6],
    );
  });

  test('an older epoch ends the way back', () => {
    const log = newLog();
    log.prepend([...newestFirst(7, 0, 1), ...newestFirst(6, 8, 9)]);
    assert.deepEqual([log.first, log.last, log.floor], [0, 1, 'epoch_changed']);
  });

  test('nothing before a tick that stands for given-up ones can be joined on to it', () => {
    const log = newLog();
    log.prepend([entryOf(7, 3), entryOf(7, 2, { gaveUp: 4 }), entryOf(7, 1)]);
    assert.deepEqual([log.first, log.unbrokenFrom, log.floor], [2, 3, 'history_unavailable']);
  });

  test('dropping old ticks does not call the history broken', () => {
    const log = newLog();
    log.prepend(newestFirst(7, 0, 9));
    log.dropBefore(6, 4);
    assert.deepEqual([log.first, log.last, log.unbrokenFrom, log.floor], [6, 9, 0, undefined]);
    assert.equal(log.at(5), undefined);
  });
});
