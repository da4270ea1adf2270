import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { aapl } from '#hub/fixtures.ts';
import { type DelayedClient, DelayScene, minuteMs } from '#hub/symbols/delay/fixtures.ts';
import type { DelayMinutes } from '#hub/symbols/delay-classes.ts';
import type { HubMessage, PriceUpdate } from '#protocol/messages.ts';
import { formatPosition, type Position, parsePosition } from '#protocol/position.ts';
import { slotMs } from './phases.ts';
import { slotOf } from './restriction.ts';

/** Judges everything that one client is told, when it is told it. */
class Judge {
  readonly client: DelayedClient;
  readonly #scene: DelayScene;
  /** What the client was told last; undefined before its first position. */
  #held: Position | undefined;
  #snapshotDue = false;
  #judged = 0;

  constructor(scene: DelayScene, delayedMinutes: DelayMinutes, frequencyMinMs: number, user: string) {
    this.#scene = scene;
    this.client = scene.connect(delayedMinutes, frequencyMinMs, user);
  }

  /** The position of what the client has a price of. */
  get held(): Position | undefined {
    return this.#snapshotDue ? undefined : this.#held;
  }

  /** The client says that it holds this. */
  claims(position: Position | undefined): void {
    this.#held = position;
    this.#snapshotDue = false;
  }

  look(): void {
    const { sent } = this.client.socket;
    for (const message of sent.slice(this.#judged)) this.#judge(message);
    this.#judged = sent.length;
  }

  /** Whether it holds the newest of all updates, with its price. */
  get upToDate(): boolean {
    const newest = this.#scene.hub.history.entries.at(-1)?.position;
    if (newest === undefined) return true;
    return this.held?.seq === newest.seq && this.held.epoch === newest.epoch;
  }

  #judge(message: HubMessage): void {
    if (message.type === 'subscribed') {
      const { position, recovered } = message.symbols[aapl] ?? assert.fail('it is served');
      if (recovered === undefined) this.#begin(position);
    } else if (message.type === 'reset') this.#begin(message.position);
    else if (message.type === 'price_update')
      for (const update of Object.values(message.data)) this.#take(update);
    else assert.equal(message.type, 'unsubscribed');
  }

  #begin(position: string | undefined): void {
    this.#held = parsePosition(position);
    this.#snapshotDue = this.#held !== undefined;
  }

  #take(update: PriceUpdate): void {
    const held = this.#held;
    assert.ok(held !== undefined, 'nothing comes before its position');
    const { from = update.seq, seq } = update;
    if (this.#snapshotDue) assert.ok(update.snapshot && seq >= held.seq, 'a snapshot comes first');
    else assert.ok(from <= held.seq + 1 && seq > held.seq, `${from} to ${seq} joins on to ${held.seq}`);
    this.#snapshotDue = false;
    this.#held = { epoch: held.epoch, seq };
    const tick = this.#scene.published.get(formatPosition(this.#held)) ?? assert.fail('it was published');
    assert.equal(update.price, tick.price);
    assert.ok(tick.receivedAt <= this.#shownUntil, `${seq} is newer than the end of the last window`);
  }

  /** When the last window of the user's class ended, less its delay; infinite for a user who is not restricted. */
  get #shownUntil(): number {
    const { restriction, delayedMinutes } = this.client.session;
    const delayMs = delayedMinutes * minuteMs;
    if (restriction === undefined) return this.#scene.hub.now - delayMs;
    const { classMs } = restriction;
    const offset = slotOf(restriction, classMs) * slotMs;
    return Math.floor((this.#scene.hub.now - offset) / classMs) * classMs + offset - delayMs;
  }
}

type Event =
  | { readonly does: 'publish'; readonly ticks: number; readonly lagMs: number }
  | { readonly does: 'wait'; readonly ms: number }
  | { readonly does: 'epoch' }
  | { readonly does: 'unsubscribe'; readonly who: number }
  | { readonly does: 'subscribe'; readonly who: number; readonly since: Since; readonly frequency: number };
type Since = 'nothing' | 'held' | 'newest';

const users: readonly (readonly [user: string, frequencyMinMs: number, delayedMinutes: DelayMinutes])[] = [
  ...Array.from({ length: 6 }, () => ['ann', 1000, 0] as const), // more than are sent to directly
  ...[
    ['ann', 1000, 1] as const,
    ['bob', 2000, 0] as const,
    ['bob', 250, 0] as const,
    ['eve', 10_000, 0] as const,
  ],
  ['max', 0, 0],
];

const who = fc.nat({ max: users.length - 1 });
const events: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('publish'),
      ticks: fc.integer({ min: 1, max: 8 }),
      lagMs: fc.constantFrom(0, 0, 20, 200),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('wait'),
      ms: fc.constantFrom(1, 49, 50, 51, 250, 333, 1000, 2500),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant('subscribe'),
      who,
      since: fc.constantFrom<Since>('nothing', 'nothing', 'held', 'newest'),
      frequency: fc.constantFrom(0, 0, 100, 1000, 5000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('unsubscribe'), who }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('epoch') }) },
) as fc.Arbitrary<Event>;

/** So much time goes by, with a turn of the hub at the end of each slot, as it has one every 10 ms. */
async function pass(scene: DelayScene, ms: number): Promise<void> {
  const until = scene.hub.now + ms;
  while (scene.hub.now < until)
    await scene.step(Math.min(until, (Math.floor(scene.hub.now / slotMs) + 1) * slotMs) - scene.hub.now);
}

async function happen(event: Event, scene: DelayScene, judges: readonly Judge[]): Promise<void> {
  switch (event.does) {
    case 'publish':
      for (let i = 0; i < event.ticks; i++) scene.publish(event.lagMs);
      return;
    case 'wait':
      return pass(scene, event.ms);
    case 'epoch':
      scene.beginEpoch();
      return;
    case 'unsubscribe': {
      const { client } = judges[event.who] ?? assert.fail();
      scene.subscriptions.unsubscribe(client.session, { type: 'unsubscribe', symbols: [aapl] });
      client.socket.sent.pop(); // a bare answer, or the error that it was not subscribed
      while (client.socket.sent.at(-1)?.type === 'error') client.socket.sent.pop();
      return;
    }
    case 'subscribe': {
      const judge = judges[event.who] ?? assert.fail();
      const newest = scene.hub.history.entries.at(-1)?.position;
      const position = { nothing: undefined, held: judge.held, newest }[event.since];
      judge.claims(position);
      const since = position && formatPosition(position);
      return scene.subscribe(judge.client, since, event.frequency);
    }
  }
}

test('a restricted user is told nothing newer than its last window, over any sockets, and misses nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(events, { minLength: 5, maxLength: 60 }), async (story) => {
      const scene = new DelayScene();
      scene.hub.now = 1_000_000;
      await scene.step(0);
      const judges = users.map(
        ([user, frequencyMinMs, delay]) => new Judge(scene, delay, frequencyMinMs, user),
      );
      for (const event of story) {
        await happen(event, scene, judges);
        for (const judge of judges) judge.look();
      }
      for (let i = 0; i < 12_000 / slotMs; i++) {
        await pass(scene, slotMs);
        for (const judge of judges) judge.look();
      }
      for (const { client, upToDate } of judges)
        assert.ok(client.session.attachments.size === 0 || upToDate, 'all that there is comes in its window');
    }),
    { numRuns: 50 },
  );
});
