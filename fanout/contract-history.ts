import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Subject } from './contract.ts';
import { symbolOf, TestSource } from './fixtures.ts';
import type { HistoryEntry } from './ports.ts';

/** The suite opens every fanout with this `replayEntriesMax`. */
export const replayEntriesMax = 100;

/** The replay buffer. */
export function describeHistory(subject: Subject): void {
  describe('history', () => {
    test('after pages forwards, exclusive of its position, without a gap or an overlap', async () => {
      const { fanout, second } = subject();
      const symbol = symbolOf('PAGE.AFTER');
      const [first] = await new TestSource(fanout, 'after').prices(symbol, 0, 1, 2, 3, 4, 5, 6);
      assert.ok(first);
      const { history } = await second();
      const page = await history.after(symbol, first, 3);
      assert.deepEqual(pricesOf(page), [1, 2, 3]);
      const last = page.at(-1)?.position ?? first;
      assert.deepEqual(pricesOf(await history.after(symbol, last, 3)), [4, 5, 6]);
      const end = { ...first, seq: 6 };
      assert.deepEqual(await history.after(symbol, end, 3), []);
    });

    test('before pages backwards from the newest, exclusive of its position', async () => {
      const { fanout, second } = subject();
      const symbol = symbolOf('PAGE.BEFORE');
      await new TestSource(fanout, 'before').prices(symbol, 0, 1, 2, 3, 4);
      const { history } = await second();
      const page = await history.before(symbol, undefined, 3);
      assert.deepEqual(pricesOf(page), [4, 3, 2]);
      assert.deepEqual(pricesOf(await history.before(symbol, page.at(-1)?.position, 3)), [1, 0]);
    });

    test('a position of an earlier epoch is before all of this one, one of a later epoch behind it', async () => {
      const { fanout } = subject();
      const symbol = symbolOf('EPOCHS');
      const [position] = await new TestSource(fanout, 'epochs').prices(symbol, 0, 1);
      assert.ok(position);
      const earlier = { epoch: position.epoch - 1, seq: 99 };
      const later = { epoch: position.epoch + 1, seq: 0 };
      assert.deepEqual(pricesOf(await fanout.history.after(symbol, earlier, 9)), [0, 1]);
      assert.deepEqual(pricesOf(await fanout.history.after(symbol, later, 9)), []);
      assert.deepEqual(pricesOf(await fanout.history.before(symbol, later, 9)), [1, 0]);
    });

    test('it keeps at least what it promises and does not grow without bound', async () => {
      const { fanout } = subject();
      const symbol = symbolOf('BOUNDED');
      const source = new TestSource(fanout, 'bounded');
      for (let i = 0; i < 20; i++)
        await source.prices(symbol, ...Array.from({ length: 50 }, (_, k) => 50 * i + k));
      const entries = await fanout.history.before(symbol, undefined, 2000);
      assert.ok(entries.length >= replayEntriesMax, `only ${entries.length} are kept`);
      assert.ok(entries.length <= 3 * replayEntriesMax, `${entries.length} are kept`);
      assert.equal(entries[0]?.position.seq, 999);
    });

    test('a symbol that never had an update has an empty history', async () => {
      const { fanout } = subject();
      assert.deepEqual(await fanout.history.before(symbolOf('SILENT'), undefined, 5), []);
      assert.deepEqual(await fanout.history.after(symbolOf('SILENT'), { epoch: 0, seq: 0 }, 5), []);
    });
  });
}

function pricesOf(entries: readonly HistoryEntry[]): number[] {
  return entries.map(({ tick }) => tick.price);
}
