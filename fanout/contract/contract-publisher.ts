import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { symbolOf, TestSource, tickOf } from '#fanout/fixtures.ts';
import type { Batch } from '#fanout/ports.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';
import type { Subject } from './subject.ts';

/** Numbering, batches and fencing. */
export function describePublisher(subject: Subject): void {
  describe('publisher', () => {
    test('a symbol is numbered from 0, each update by one more, in one epoch', async () => {
      const { fanout } = subject();
      const source = new TestSource(fanout, 'numbering');
      const symbol = symbolOf('NUM.A');
      const positions = [...(await source.prices(symbol, 1, 2, 3)), ...(await source.prices(symbol, 4))];
      assert.deepEqual(
        positions.map(({ seq }) => seq),
        [0, 1, 2, 3],
      );
      assert.equal(new Set(positions.map(({ epoch }) => epoch)).size, 1);
    });

    test('positions come back in the order of the batch, each symbol numbered by itself', async () => {
      const { fanout } = subject();
      const a = symbolOf('ORDER.A');
      const b = symbolOf('ORDER.B');
      const ticks = [tickOf(a, 1), tickOf(b, 2), tickOf(a, 3), tickOf(b, 4), tickOf(a, 5)];
      const positions = await new TestSource(fanout, 'order').publish(...ticks);
      assert.deepEqual(
        positions.map(({ seq }) => seq),
        [0, 0, 1, 1, 2],
      );
    });

    test('a repeated batch number is published once', async () => {
      const { fanout } = subject();
      const symbol = symbolOf('REPEAT');
      const batch = new TestSource(fanout, 'repeat').batch([tickOf(symbol, 1), tickOf(symbol, 2)]);
      assert.equal((await fanout.publisher.publish(batch)).outcome, 'published');
      assert.deepEqual(await fanout.publisher.publish(batch), { outcome: 'repeated' });
      assert.equal((await fanout.history.before(symbol, undefined, 10)).length, 2);
    });

    test('a batch that overtakes one under way is refused, and does nothing', async () => {
      const { fanout } = subject();
      const symbol = symbolOf('EARLY');
      const source = new TestSource(fanout, 'early');
      const [first, second, third] = [1, 2, 3].map((price) => source.batch([tickOf(symbol, price)]));
      assert.ok(first && second && third);
      const publish = async (batch: Batch, settled: number): Promise<string> =>
        (await fanout.publisher.publish({ ...batch, settled })).outcome;
      assert.equal(await publish(second, 0), 'early');
      assert.equal(await publish(first, 0), 'published');
      assert.equal(await publish(third, 0), 'early');
      assert.equal(await publish(second, 0), 'published');
      assert.equal(await publish(third, 1), 'published');
      const entries = await fanout.history.before(symbol, undefined, 10);
      assert.deepEqual(
        entries.map(({ tick }) => tick.price),
        [3, 2, 1],
      );
    });

    test('batches that are sent without waiting are published in order', async () => {
      const { fanout } = subject();
      const symbol = symbolOf('INAROW');
      const source = new TestSource(fanout, 'in-a-row');
      const batches = Array.from({ length: 20 }, (_, i) => source.batch([tickOf(symbol, i + 1)]));
      const outcomes = await Promise.all(
        batches.map((batch) => fanout.publisher.publish({ ...batch, settled: 0 })),
      );
      assert.ok(outcomes.every(({ outcome }) => outcome === 'published'));
      const entries = await fanout.history.before(symbol, undefined, 30);
      assert.deepEqual(
        entries.map(({ tick }) => tick.price),
        batches.map((_, i) => 20 - i),
      );
    });

    test('a batch whose predecessors are known to have happened is published, whatever Redis remembers', async () => {
      const { fanout } = subject();
      const batch = new TestSource(fanout, 'remembered').batch([tickOf(symbolOf('REMEMBERED'), 1)]);
      const { outcome } = await fanout.publisher.publish({ ...batch, number: 9, settled: 8 });
      assert.equal(outcome, 'published');
    });

    test('batches of two sources are numbered apart', async () => {
      const { fanout } = subject();
      const symbol = symbolOf('APART');
      await new TestSource(fanout, 'apart-1').prices(symbol, 1);
      const [position] = await new TestSource(fanout, 'apart-2').prices(symbol, 2);
      assert.equal(position?.seq, 1);
    });

    test('an earlier token than the latest is fenced, a later one starts its batches at 1 again', async () => {
      const { fanout } = subject();
      const symbol = symbolOf('FENCE');
      const deposed = new TestSource(fanout, 'fence', 5);
      await deposed.prices(symbol, 1);
      await new TestSource(fanout, 'fence', 6).prices(symbol, 2);
      const late = deposed.batch([tickOf(symbol, 3)]);
      assert.deepEqual(await fanout.publisher.publish(late), { outcome: 'fenced' });
      const entries = await fanout.history.before(symbol, undefined, 10);
      assert.deepEqual(
        entries.map(({ tick }) => tick.price),
        [2, 1],
      );
    });

    test('an empty batch is published', async () => {
      const { fanout } = subject();
      const outcome = await fanout.publisher.publish(new TestSource(fanout, 'empty').batch([]));
      assert.deepEqual(outcome, { outcome: 'published', positions: [] });
    });

    test('what was last published of a source is known to whoever asks, and none of it before the first', async () => {
      const { fanout, second } = subject();
      const source = new TestSource(fanout, 'last');
      const [a, b, c] = ['LAST.A', 'LAST.B', 'LAST.C'].map(symbolOf);
      assert.ok(a && b && c);
      const { publisher } = await second();
      assert.deepEqual(await publisher.lastPublished('last', [a, b, c]), { any: false, numbers: new Map() });
      const publish = async (ticks: readonly Tick[], numbers: readonly [StockSymbol, number][]) => {
        for (const tick of ticks) {
          const venueNumbers = new Map(numbers.filter(([symbol]) => symbol === tick.symbol));
          await fanout.publisher.publish({ ...source.batch([tick]), venueNumbers });
        }
      };
      await publish(
        [tickOf(a, 1), tickOf(b, 2), tickOf(c, 3)],
        [
          [a, 7],
          [b, Number.MAX_SAFE_INTEGER],
        ],
      );
      await publish([tickOf(a, 4)], [[a, 8]]);
      await publish([tickOf(a, 5)], []);
      const { any, numbers } = await publisher.lastPublished('last', [a, b, c]);
      assert.equal(any, true);
      assert.deepEqual(
        [numbers.get(a), numbers.get(b), numbers.get(c)],
        [8, Number.MAX_SAFE_INTEGER, undefined],
      );
    });

    test('a batch that is fenced leaves the numbers of its successor alone', async () => {
      const { fanout } = subject();
      const symbol = symbolOf('LASTFENCED');
      const deposed = new TestSource(fanout, 'last-fenced', 5);
      const successor = new TestSource(fanout, 'last-fenced', 6);
      const publish = (source: TestSource, number: number) =>
        fanout.publisher.publish({
          ...source.batch([tickOf(symbol, 1)]),
          venueNumbers: new Map([[symbol, number]]),
        });
      await publish(deposed, 10);
      await publish(successor, 20);
      await publish(deposed, 11);
      assert.equal((await fanout.publisher.lastPublished('last-fenced', [symbol])).numbers.get(symbol), 20);
    });

    test('500 symbols in one call keep their own numbers', async () => {
      const { fanout } = subject();
      const source = new TestSource(fanout, 'many');
      const ticks = Array.from({ length: 500 }, (_, i) => tickOf(symbolOf(`MANY${i}`), i));
      await source.publish(...ticks);
      const positions = await source.publish(...ticks);
      assert.equal(positions.length, 500);
      assert.ok(positions.every(({ seq }) => seq === 1));
    });
  });
}
