import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { symbolOf, TestSource, tickOf } from '#fanout/fixtures.ts';
import { type Fanout, FanoutError, type NewestAnswer } from '#fanout/ports.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Subject } from './subject.ts';

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

    test('the newest entries of many symbols are read in one go, as many of each as are asked for', async () => {
      const { fanout, second } = subject();
      // Of one partition: in a cluster symbols of one call are of one group.
      const [one, silent, other] = sameGroup(fanout, 'NEWEST', 3);
      assert.ok(one && silent && other);
      const source = new TestSource(fanout, 'newest');
      const [first] = await source.prices(one, 1, 2, 3);
      await source.prices(other, 10, 11, 12);
      const { history } = await second();
      const read = await history.newest([
        { symbol: one, entriesMax: 1 },
        { symbol: silent, entriesMax: 5 },
        { symbol: other, entriesMax: 2 },
      ]);
      assert.deepEqual(read.map(pricesOf), [[3], [], [12, 11]]);
      const [ofOne, , ofOther] = read;
      assert.ok(Array.isArray(ofOne) && Array.isArray(ofOther));
      assert.deepEqual(ofOne[0]?.position, { epoch: first?.epoch, seq: 2 });
      assert.equal(ofOther[1]?.tick.symbol, other);
    });

    test('more than one answer may hold is read in several', async () => {
      const { fanout } = subject();
      const symbols = sameGroup(fanout, 'LARGE', 8);
      const conditions = 'x'.repeat(60_000);
      for (const [i, symbol] of symbols.entries())
        await new TestSource(fanout, `large${i}`).publish({ ...tickOf(symbol, i), conditions });
      const read = await fanout.history.newest(symbols.map((symbol) => ({ symbol, entriesMax: 1 })));
      assert.deepEqual(
        read.map(pricesOf),
        symbols.map((_, i) => [i]),
      );
    });

    test('a symbol that never had an update has an empty history', async () => {
      const { fanout } = subject();
      assert.deepEqual(await fanout.history.before(symbolOf('SILENT'), undefined, 5), []);
      assert.deepEqual(await fanout.history.after(symbolOf('SILENT'), { epoch: 0, seq: 0 }, 5), []);
    });
  });
}

/** So many symbols of one group of the publisher's, their names beginning with `prefix`. */
function sameGroup({ publisher }: Fanout, prefix: string, count: number): StockSymbol[] {
  const group = publisher.groupOf(symbolOf(`${prefix}0`));
  const found: StockSymbol[] = [];
  for (let i = 0; found.length < count; i++) {
    const symbol = symbolOf(`${prefix}${i}`);
    if (publisher.groupOf(symbol) === group) found.push(symbol);
  }
  return found;
}

function pricesOf(entries: NewestAnswer): number[] {
  if (entries instanceof FanoutError) throw entries;
  return entries.map(({ tick }) => tick.price);
}
