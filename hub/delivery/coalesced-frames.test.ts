import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createHubCounts } from '#hub/counts.ts';
import { FakeSocket } from '#hub/fixtures.ts';
import { Session } from '#hub/session/session.ts';
import { codecs, type WireFormat } from '#protocol/codec.ts';
import type { PriceUpdate } from '#protocol/messages.ts';
import { createCoalescedFrames } from './coalesced-frames.ts';
import type { DirectGroup } from './flush-queue.ts';

function connect(format: WireFormat) {
  const socket = new FakeSocket(codecs[format]);
  const session = new Session(0, 's', codecs[format], '127.0.0.1', createHubCounts());
  session.opened(socket);
  return { session, socket };
}

/** One update of `symbol`, whose price is `price`. */
class FakeGroup implements DirectGroup {
  readonly direct: readonly Session[];
  readonly symbol: string;
  readonly price: number;
  pending = 1;

  constructor(direct: readonly Session[], symbol: string, price: number) {
    this.direct = direct;
    this.symbol = symbol;
    this.price = price;
  }

  nextFor({ codec }: Session) {
    const update: PriceUpdate = { price: this.price, timestamp: '', seq: 1, received: 0 };
    return codec.encode({ type: 'price_update', data: { [this.symbol]: update } });
  }

  sentNext(): void {
    this.pending--;
  }
}

function pricesIn({ sent }: FakeSocket): Record<string, number>[] {
  return sent.flatMap((message) =>
    message.type === 'price_update'
      ? [Object.fromEntries(Object.entries(message.data).map(([symbol, { price }]) => [symbol, price]))]
      : [],
  );
}

for (const format of ['json', 'msgpack'] as const)
  describe(`parcels in ${format}`, () => {
    test('all that groups have for a socket comes in one message, and a group goes on once all have it', () => {
      const a = connect(format);
      const b = connect('json');
      const groups = [
        new FakeGroup([a.session], 'AAPL', 1),
        new FakeGroup([b.session, a.session], 'TSLA', 2),
        new FakeGroup([], 'MSFT', 3),
      ];
      assert.equal(createCoalescedFrames()(groups), 3);
      assert.deepEqual(pricesIn(a.socket), [{ AAPL: 1, TSLA: 2 }]);
      assert.deepEqual(pricesIn(b.socket), [{ TSLA: 2 }]);
      assert.deepEqual(
        groups.map(({ pending }) => pending),
        [0, 0, 0],
      );
    });

    test('a socket that dropped a frame gets nothing more, the others do', () => {
      const a = connect(format);
      const b = connect(format);
      a.session.happened('overflows');
      assert.equal(createCoalescedFrames()([new FakeGroup([a.session, b.session], 'AAPL', 1)]), 2);
      assert.deepEqual(pricesIn(a.socket), []);
      assert.deepEqual(pricesIn(b.socket), [{ AAPL: 1 }]);
    });

    test('what does not fit one message comes in several, each update once', () => {
      const { session, socket } = connect(format);
      const groups = Array.from({ length: 500 }, (_, i) => new FakeGroup([session], `S${i}`, i));
      assert.equal(createCoalescedFrames()(groups), 500);
      assert.ok(socket.sent.length > 1 && socket.sent.length < 10);
      const prices = pricesIn(socket).flatMap((message) => Object.values(message));
      assert.deepEqual(
        prices.sort((a, b) => a - b),
        groups.map(({ price }) => price),
      );
    });
  });
