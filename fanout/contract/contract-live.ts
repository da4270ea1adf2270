import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { symbolOf, TestListener, TestSource, tickOf } from '#fanout/fixtures.ts';
import { until } from '#test/harness/redis/until.ts';
import type { Subject } from './subject.ts';

/** Live updates. */
export function describeLive(subject: Subject): void {
  describe('live feed', () => {
    test('what is published after the subscription is heard, all of it, in order, where it belongs', async () => {
      const { fanout, second } = subject();
      const hub = await second();
      const listener = new TestListener();
      hub.live.listen(listener);
      const symbols = Array.from({ length: 20 }, (_, i) => symbolOf(`LIVE${i}`));
      await hub.live.subscribe(symbols);
      const source = new TestSource(fanout, 'live');
      const published = new Map<string, number>();
      for (let round = 0; round < 50; round++) {
        const ticks = symbols.map((symbol) => tickOf(symbol, round));
        const positions = await source.publish(...ticks);
        ticks.forEach(({ symbol, price }, i) => {
          const position = positions[i];
          published.set(`${symbol} ${position?.epoch}-${position?.seq}`, price);
        });
      }
      await until('everything is heard', () => listener.heard.length >= 1000);
      const rounds = Array.from({ length: 50 }, (_, round) => round);
      for (const symbol of symbols) assert.deepEqual(listener.pricesOf(symbol), rounds);
      for (const { symbol, epoch, seq, price } of listener.heard)
        assert.equal(published.get(`${symbol} ${epoch}-${seq}`), price);
      assert.deepEqual(listener.interruptions, []);
      hub.live.unsubscribe(symbols);
    });

    test('symbols that nobody subscribed, or no longer, are not heard', async () => {
      const { fanout, second } = subject();
      const hub = await second();
      const listener = new TestListener();
      hub.live.listen(listener);
      const [wanted, left, never] = [symbolOf('WANTED'), symbolOf('LEFT'), symbolOf('NEVER')];
      await hub.live.subscribe([wanted, left]);
      hub.live.unsubscribe([left]);
      const source = new TestSource(fanout, 'unwanted');
      await source.publish(tickOf(left, 1), tickOf(never, 2), tickOf(wanted, 3));
      await until('the wanted symbol is heard', () => listener.heard.length > 0);
      assert.deepEqual(
        listener.heard.map(({ price }) => price),
        [3],
      );
      hub.live.unsubscribe([wanted]);
    });

    test('a symbol subscribed again is heard again, once', async () => {
      const { fanout, second } = subject();
      const hub = await second();
      const listener = new TestListener();
      hub.live.listen(listener);
      const symbol = symbolOf('AGAIN');
      await hub.live.subscribe([symbol]);
      hub.live.unsubscribe([symbol]);
      await hub.live.subscribe([symbol]);
      await hub.live.subscribe([symbol]);
      await new TestSource(fanout, 'again').prices(symbol, 1, 2);
      await until('both are heard', () => listener.heard.length >= 2);
      assert.deepEqual(listener.pricesOf(symbol), [1, 2]);
      hub.live.unsubscribe([symbol]);
    });

    test('every field of a tick arrives', async () => {
      const { fanout, second } = subject();
      const hub = await second();
      const symbol = symbolOf('FIELDS');
      const tick = {
        ...tickOf(symbol, 150.23),
        size: 100,
        bid: 150.22,
        ask: 150.24,
        volume: 1_234_567,
        tradeId: 'x-1',
        conditions: '@ T',
        flags: 18,
        gaveUp: 3,
      };
      await new TestSource(fanout, 'fields').publish(tick);
      const [entry] = await hub.history.before(symbol, undefined, 1);
      assert.deepEqual(entry?.tick, { ...tick, source: 'test' });
    });
  });
}
