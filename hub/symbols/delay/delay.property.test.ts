import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { aapl } from '#hub/fixtures.ts';
import type { DelayMinutes } from '#hub/symbols/delay-classes.ts';
import type { HubMessage, PriceUpdate } from '#protocol/messages.ts';
import { formatPosition, type Position, parsePosition } from '#protocol/position.ts';
import { type DelayedClient, DelayScene, minuteMs } from './fixtures.ts';

/** Judges everything that one client is told, when it is told it. */
class Judge {
  readonly client: DelayedClient;
  readonly #scene: DelayScene;
  /** What the client holds; undefined before its first update. */
  held: Position | undefined;
  #snapshotDue = false;
  #judged = 0;

  constructor(scene: DelayScene, delayedMinutes: DelayMinutes) {
    this.#scene = scene;
    this.client = scene.connect(delayedMinutes);
  }

  /** Whether it holds the newest of all updates. */
  get upToDate(): boolean {
    const newest = this.#scene.hub.history.entries.at(-1);
    return (
      newest === undefined ||
      (this.held?.seq === newest.position.seq && this.#epoch === newest.position.epoch)
    );
  }

  look(): void {
    const { sent } = this.client.socket;
    for (const message of sent.slice(this.#judged)) this.#judge(message);
    this.#judged = sent.length;
  }

  get #epoch(): number | undefined {
    return this.held?.epoch;
  }

  #judge(message: HubMessage): void {
    if (message.type === 'subscribed') {
      const { position, recovered } = message.symbols[aapl] ?? assert.fail('it is served');
      this.#isOldEnough(position);
      assert.equal(message.delayed_minutes ?? 0, this.client.session.delayedMinutes);
      if (recovered === undefined) this.#begin(position);
    } else if (message.type === 'reset') {
      this.#isOldEnough(message.position);
      this.#begin(message.position);
    } else if (message.type === 'price_update') {
      for (const update of Object.values(message.data)) this.#take(update);
    } else if (message.type === 'unsubscribed') assert.equal(message.reason, 'delay_changed');
    else assert.fail(JSON.stringify(message));
  }

  #begin(position: string | undefined): void {
    this.held = parsePosition(position);
    this.#snapshotDue = this.held !== undefined;
  }

  #take(update: PriceUpdate): void {
    const { held } = this;
    assert.ok(held !== undefined, 'nothing comes before its position');
    const { from = update.seq, seq, high, low } = update;
    assert.equal(update.delayed ?? false, this.client.session.delayedMinutes > 0);
    this.#isOldEnough(formatPosition({ epoch: held.epoch, seq }));
    if (this.#snapshotDue)
      assert.ok(update.snapshot && seq === held.seq, 'a snapshot of the position comes first');
    else assert.ok(from <= held.seq + 1 && seq > held.seq, `${from} to ${seq} joins on to ${held.seq}`);
    const window: number[] = [];
    for (let i = from; i <= seq; i++)
      window.push(this.#scene.published.get(`${held.epoch}-${i}`)?.price ?? 0);
    for (const price of [update.price, high, low])
      assert.ok(price === undefined || window.includes(price), `${price} is of its window`);
    this.#snapshotDue = false;
    this.held = { epoch: held.epoch, seq };
  }

  #isOldEnough(position: string | undefined): void {
    if (position === undefined) return;
    const tick = this.#scene.published.get(position) ?? assert.fail(`${position} was published`);
    const delayMs = this.client.session.delayedMinutes * minuteMs;
    assert.ok(tick.receivedAt <= this.#scene.hub.now - delayMs, `${position} is too young`);
  }
}

type Event =
  | { readonly does: 'publish'; readonly ticks: number; readonly lagMs: number }
  | { readonly does: 'wait'; readonly ms: number }
  | { readonly does: 'trim'; readonly kept: number }
  | { readonly does: 'epoch' }
  | { readonly does: 'subscribe'; readonly who: number; readonly since: Since; readonly frequency: number }
  | { readonly does: 'entitle'; readonly who: number; readonly minutes: DelayMinutes };
type Since = 'nothing' | 'held' | 'newest' | 'future';

const clients = 7; // more than are sent to directly, so that some are on topics
const who = fc.nat({ max: clients - 1 });
const since = fc.constantFrom<Since>('nothing', 'held', 'newest', 'future');
const events: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('publish'),
      ticks: fc.integer({ min: 1, max: 8 }),
      lagMs: fc.constantFrom(0, 0, 200, 400),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('wait'),
      ms: fc.constantFrom(1, 199, 200, 400, 499, 500, 999, 1000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('trim'), kept: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('epoch') }) },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('subscribe'),
      who,
      since,
      frequency: fc.constantFrom(0, 0, 250),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('entitle'),
      who,
      minutes: fc.constantFrom<DelayMinutes>(0, 1, 5),
    }),
  },
) as fc.Arbitrary<Event>;

function sinceOf(wish: Since, judge: Judge, scene: DelayScene): string | undefined {
  const newest = scene.hub.history.entries.at(-1)?.position;
  if (wish === 'held') return judge.held && formatPosition(judge.held);
  if (wish === 'newest') return newest && formatPosition(newest);
  if (wish === 'future') return newest && formatPosition({ ...newest, seq: newest.seq + 5 });
  return undefined;
}

async function happen(event: Event, scene: DelayScene, judges: readonly Judge[]): Promise<void> {
  switch (event.does) {
    case 'publish':
      for (let i = 0; i < event.ticks; i++) scene.publish(event.lagMs);
      return scene.step(1);
    case 'wait':
      return scene.step(event.ms);
    case 'trim':
      scene.trim(event.kept);
      return scene.step(1);
    case 'epoch':
      scene.beginEpoch();
      return scene.step(1);
    case 'subscribe': {
      const judge = judges[event.who] ?? assert.fail();
      const position = sinceOf(event.since, judge, scene);
      judge.held = parsePosition(position); // it says that it holds this
      return scene.subscribe(judge.client, position, event.frequency);
    }
    case 'entitle':
      return scene.entitle((judges[event.who] ?? assert.fail()).client, event.minutes);
  }
}

test('whatever happens, nothing is told before its time, and every update is covered or told to be lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(events, { minLength: 5, maxLength: 60 }), async (story) => {
      const scene = new DelayScene();
      scene.hub.now = 1_000_000;
      const judges = Array.from(
        { length: clients },
        (_, i) => new Judge(scene, i === 0 ? 0 : i === 1 ? 5 : 1),
      );
      for (const event of story) {
        await happen(event, scene, judges);
        for (const judge of judges) judge.look();
      }
      for (let i = 0; i < 40; i++) {
        await scene.step(minuteMs / 3);
        for (const judge of judges) judge.look();
      }
      for (const { client, upToDate } of judges)
        assert.ok(client.session.attachments.size === 0 || upToDate, 'all that there is comes of age');
    }),
    { numRuns: 300 },
  );
});
