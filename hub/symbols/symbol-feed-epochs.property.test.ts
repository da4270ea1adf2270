import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { arrive, createSmallHub, story, tickOf } from '#hub/fixtures.ts';

/** What happens to a feed while one server after another publishes its symbol. */
type Step =
  /** The next update is published; it arrives unless it gets lost on its way. */
  | { readonly do: 'publish'; readonly arrives: boolean }
  /** Another server takes over. */
  | { readonly do: 'take_over' }
  /** Something that was published before arrives, perhaps again: a connection to an old server still brings it. */
  | { readonly do: 'late'; readonly pick: number }
  | { readonly do: 'interrupted' | 'turn' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('publish' as const), arrives: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'take_over' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('late' as const), pick: fc.nat(1000) }) },
  { weight: 2, arbitrary: fc.constantFrom({ do: 'interrupted' as const }, { do: 'turn' as const }) },
);

test('however late updates of servers that were replaced come, each take-over is told at most once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const hub = createSmallHub();
      hub.history.add(1, 0, 0);
      await hub.feed.open();
      const { session, socket } = hub.connect();
      hub.groups.join(session, hub.feed, 0);
      const published = [{ epoch: 1, seq: 0 }];
      let next = { epoch: 1, seq: 1 };
      const publish = (arrives: boolean): void => {
        const { epoch, seq } = next;
        hub.history.add(epoch, seq, seq);
        published.push(next);
        next = { epoch, seq: seq + 1 };
        if (arrives) arrive(hub.feed, tickOf(seq), epoch, seq);
      };
      for (const one of [...steps, { do: 'publish', arrives: true } as const]) {
        if (one.do === 'publish') publish(one.arrives);
        else if (one.do === 'take_over') next = { epoch: next.epoch + 1, seq: 0 };
        else if (one.do === 'interrupted') hub.feed.interrupted();
        else if (one.do === 'late') {
          const { epoch, seq } = published[one.pick % published.length] ?? next;
          arrive(hub.feed, tickOf(seq), epoch, seq);
        } else {
          await nextTurn();
          hub.turn();
        }
      }
      for (let turns = 0; turns < 100 && !hub.feed.live; turns++) await nextTurn();
      hub.turn();
      const told = story(socket.sent).filter((part) => part === 'epoch_changed').length;
      const epochs = new Set(published.map(({ epoch }) => epoch)).size;
      assert.ok(told < epochs, `${told} resets, ${epochs} epochs`);
      assert.deepEqual(hub.feed.window.position, published.at(-1));
    }),
    { numRuns: 300 },
  );
});
