import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arrive, createSmallHub, type FakeSocket, type SmallHub, tickOf } from '#hub/fixtures.ts';
import type { Session } from '#hub/session/session.ts';
import { codecs } from '#protocol/codec.ts';
import { judgeCoverage } from '#protocol/coverage.ts';
import type { HubMessage } from '#protocol/messages.ts';
import type { DeliveryGroup } from './delivery-group.ts';
import type { Held } from './held.ts';

type Step =
  | { readonly do: 'publish'; readonly price: number }
  | { readonly do: 'restart' | 'turn'; readonly ms: number }
  | { readonly do: 'join'; readonly classMs: 0 | 100 | 250; readonly msgpack: boolean }
  | { readonly do: 'leave'; readonly which: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constant('publish' as const), price: fc.nat({ max: 9 }) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('turn' as const), ms: fc.nat({ max: 120 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), ms: fc.constant(0) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('join' as const),
        classMs: fc.constantFrom(0, 100, 250),
        msgpack: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat() }) },
  ),
  { maxLength: 80 },
);

/** The second socket waits for a message that the second restart takes back. */
const twoRestartsInOneTurn: Step[] = [
  { do: 'join', classMs: 0, msgpack: false },
  { do: 'publish', price: 0 },
  { do: 'join', classMs: 0, msgpack: false },
  { do: 'restart', ms: 0 },
  { do: 'restart', ms: 0 },
];

/** A socket on a group, with where it stood when it joined. */
interface Client {
  readonly session: Session;
  readonly socket: FakeSocket;
  readonly group: DeliveryGroup;
  readonly joinedAt: Held;
}

/** What the client holds after all that it was sent; fails at a gap, a repeat, or a window that is not the prices'. */
function followed({ socket, joinedAt }: Client, prices: ReadonlyMap<string, number>): Held {
  let { epoch, seq: held } = joinedAt;
  for (const message of socket.sent as readonly HubMessage[]) {
    if (message.type === 'reset') {
      epoch = Number(message.position?.split('-')[0]);
      held = Number(message.position?.split('-')[1]) - 1; // its snapshot follows
      continue;
    }
    const update = message.type === 'price_update' ? message.data.AAPL : undefined;
    if (update === undefined) continue;
    const { from = update.seq, seq, high, low } = update;
    assert.equal(judgeCoverage(held, from, seq), 'next', `${from} to ${seq} after ${held}`);
    assert.ok(from === held + 1 || update.snapshot === true, 'nothing is repeated');
    const window = Array.from({ length: seq - from + 1 }, (_, i) => prices.get(`${epoch}-${from + i}`) ?? -1);
    assert.equal(update.price, window.at(-1));
    if (high !== undefined) assert.equal(high, Math.max(...window));
    if (low !== undefined) assert.equal(low, Math.min(...window));
    held = seq;
  }
  return { epoch, seq: held, exact: true };
}

/** What a group says of a client that leaves is true of what the client got: never more, and no less where exact. */
function judgeLeaving(hub: SmallHub, client: Client, prices: ReadonlyMap<string, number>): void {
  const told = hub.groups.leave(client.session, client.group);
  const got = followed(client, prices);
  if (told.epoch === -1) return; // nothing held: a reset was on its way
  assert.equal(told.epoch, got.epoch);
  if (told.exact) assert.equal(told.seq, got.seq);
  else assert.ok(told.seq <= got.seq, `told ${told.seq}, got ${got.seq}`);
}

test('whatever is published, restarted, joined and left: each client sees every number covered once, or a reset', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const hub = createSmallHub({ feedEntriesMax: 100 });
      hub.history.add(7, 0, 3);
      await hub.feed.open();
      const prices = new Map([0, 1, 2, 3].map((seq) => [`7-${seq}`, seq]));
      const clients: Client[] = [];
      let [epoch, seq] = [7, 3];
      for (const step of sequence) {
        switch (step.do) {
          case 'publish':
            seq++;
            prices.set(`${epoch}-${seq}`, step.price);
            arrive(hub.feed, tickOf(seq, { price: step.price }), epoch, seq);
            break;
          case 'restart':
            [epoch, seq] = [epoch + 1, 0];
            prices.set(`${epoch}-0`, 0);
            arrive(hub.feed, tickOf(0), epoch, 0);
            break;
          case 'turn':
            hub.now += step.ms;
            hub.turn();
            break;
          case 'join': {
            const { session, socket } = hub.connect(step.msgpack ? codecs.msgpack : codecs.json);
            const group = hub.groups.join(session, hub.feed, step.classMs);
            if (group !== undefined)
              clients.push({ session, socket, group, joinedAt: { epoch, seq, exact: true } });
            break;
          }
          case 'leave': {
            const [client] = clients.splice(step.which % Math.max(1, clients.length), 1);
            if (client !== undefined) judgeLeaving(hub, client, prices);
          }
        }
      }
      for (let turn = 0; turn < 60; turn++) {
        hub.now += 10;
        hub.turn();
      }
      for (const client of clients)
        assert.deepEqual(
          followed(client, prices),
          { epoch, seq, exact: true },
          'all is delivered at the end',
        );
    }),
    { numRuns: 500, examples: [[twoRestartsInOneTurn]] },
  );
});
