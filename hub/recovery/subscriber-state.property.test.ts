import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DeliveryGroup } from '#hub/delivery/delivery-group.ts';
import { arrive, createSmallHub, noBarrier, type SmallHub, tickOf } from '#hub/fixtures.ts';
import { droppedFrame } from '#hub/listener/hub-socket.ts';
import type { Session } from '#hub/session/session.ts';
import { type SubscriberState, transitions } from '#hub/session/subscriber-state.ts';
import { closeCodes } from '#protocol/close-codes.ts';
import { judgeCoverage } from '#protocol/coverage.ts';
import type { HubMessage } from '#protocol/messages.ts';
import { Replays } from './replays.ts';
import { SlowConsumers } from './slow-consumers.ts';
import { createTimeShare } from './time-share.ts';

const states = Object.keys(transitions) as SubscriberState[];

test('every state leads to its end, nothing leads back from there, and who reads again is live again', () => {
  const reachable = (from: SubscriberState): Set<SubscriberState> => {
    const found = new Set([from]);
    for (const state of found) for (const next of Object.values(transitions[state])) found.add(next);
    return found;
  };
  for (const state of states) assert.ok(reachable(state).has('closed'), state);
  assert.deepEqual([...reachable('closed')], ['closed']);
  assert.deepEqual([...reachable('ending')], ['ending', 'closed']);
  for (const state of states)
    assert.equal(reachable(state).has('live'), state !== 'ending' && state !== 'closed', state);
});

/** Every change that may be seen of a session, and why: written apart from the table. */
const changes = [
  'live > catching_up: falls_behind',
  'catching_up > live: catches_up',
  'live > overflowed: overflows',
  'catching_up > overflowed: overflows',
  'overflowed > conflated: leaves_groups',
  'conflated > snapshot_only: stalls',
  'snapshot_only > conflated: calms',
  'conflated > catching_up: calms',
  'snapshot_only > ending: stalls',
  ...['overflowed', 'conflated', 'snapshot_only'].map((state) => `${state} > ending: loses_answer`),
  ...['live', 'catching_up', 'overflowed', 'conflated', 'snapshot_only', 'ending'].map(
    (state) => `${state} > closed: closes`,
  ),
];

type Step =
  | { readonly do: 'publish' | 'restart' | 'turn' | 'answer' | 'detach' | 'close' }
  | { readonly do: 'attach'; readonly classMs: 0 | 100; readonly behind: number }
  | { readonly do: 'wait'; readonly ms: number }
  /** How the client reads: all of it; so slowly that much waits; so slowly that frames are dropped. */
  | { readonly do: 'read'; readonly how: 'all' | 'slowly' | 'nothing' };

const just = <Done extends string>(done: Done) => fc.record({ do: fc.constant(done) });

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: just('publish') },
    { weight: 6, arbitrary: just('turn') },
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(50, 250, 3000, 12_000) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('read' as const),
        how: fc.constantFrom('all' as const, 'slowly' as const, 'nothing' as const),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('attach' as const),
        classMs: fc.constantFrom(0 as const, 100 as const),
        behind: fc.nat({ max: 6 }),
      }),
    },
    { weight: 1, arbitrary: just('restart') },
    { weight: 1, arbitrary: just('detach') },
    { weight: 1, arbitrary: just('answer') },
    { weight: 1, arbitrary: fc.constantFrom({ do: 'close' as const }, { do: 'turn' as const }) },
  ),
  { minLength: 10, maxLength: 120 },
);

/** A client of one symbol, and all that may change what it gets. */
class Scene {
  readonly hub: SmallHub = createSmallHub({ feedEntriesMax: 100 });
  readonly session: Session;
  /** Each change of state, written as in `changes`. */
  readonly seen: string[] = [];
  readonly #socket: ReturnType<SmallHub['connect']>['socket'];
  readonly #replays: Replays;
  readonly #slowConsumers: SlowConsumers;
  /** What the client holds, by all that it was sent; undefined while it is not subscribed. */
  #held: { epoch: number; seq: number } | undefined;
  #read = 0;

  constructor() {
    const { hub } = this;
    const time = createTimeShare(() => hub.now, { atLeastMs: 10, share: 0, atMostMs: 10 });
    this.#replays = new Replays(
      { groups: hub.groups, windows: hub.windows, barrier: noBarrier, time, startTime: time },
      { replayBufferBytes: 500, replayVisitUpdatesMax: 3 },
    );
    this.#slowConsumers = new SlowConsumers(
      { replays: this.#replays, counts: hub.counts, barrier: noBarrier, time },
      {
        ...{ relievedBytes: 100, roundBytes: 1000, conflatedIntervalMs: 1000, conflatedPatienceMs: 5000 },
        ...{ snapshotIntervalMs: 2000, snapshotPatienceMs: 10_000, calmMs: 3000 },
      },
    );
    const { session, socket } = hub.connect();
    this.session = session;
    this.#socket = socket;
    const send = socket.send.bind(socket);
    socket.send = (frame) => {
      const sent = send(frame);
      if (sent === droppedFrame) this.#slowConsumers.overflowed(session);
      return sent;
    };
    const happened = session.happened.bind(session);
    session.happened = (event) => {
      const before = session.state;
      happened(event);
      if (session.state === before) return;
      const change = `${before} > ${session.state}: ${event}`;
      assert.ok(changes.includes(change), change);
      this.seen.push(change);
    };
  }

  publish(): void {
    const { feed } = this.hub;
    const { epoch, last } = feed.window;
    arrive(feed, tickOf(last + 1), epoch, last + 1);
  }

  do(step: Step): void {
    const { hub, session } = this;
    switch (step.do) {
      case 'publish':
        this.publish();
        break;
      case 'restart':
        arrive(hub.feed, tickOf(0), hub.feed.window.epoch + 1, 0);
        break;
      case 'turn':
        this.turn();
        break;
      case 'wait':
        hub.now += step.ms;
        this.#slowConsumers.turn(hub.now);
        break;
      case 'read':
        this.#socket.buffered = { all: 0, slowly: 600, nothing: 5000 }[step.how];
        this.#socket.bufferMax = step.how === 'nothing' ? 1000 : Number.POSITIVE_INFINITY;
        break;
      case 'answer':
        session.answer({ type: 'pong' });
        break;
      case 'attach':
        this.#attach(step.classMs, step.behind);
        break;
      case 'detach':
        this.#follow();
        this.#held = undefined;
        this.#replays.detach(session, hub.feed);
        break;
      case 'close':
        this.#close();
    }
  }

  turn(): void {
    this.#slowConsumers.settle(this.hub.now);
    this.hub.turn();
    this.#replays.turn();
  }

  /** What must be so after every step, whatever it was. */
  check(): void {
    this.#follow();
    const { session, hub } = this;
    const { slow } = hub.counts;
    assert.deepEqual(
      [slow.conflated, slow.snapshot_only],
      [Number(session.state === 'conflated'), Number(session.state === 'snapshot_only')],
    );
    const onGroups = [...session.attachments.values()].filter((each) => each instanceof DeliveryGroup).length;
    const isSlow = session.state === 'conflated' || session.state === 'snapshot_only';
    if (isSlow) assert.equal(onGroups, 0, 'a slow client is on no group');
    if (session.state === 'live') assert.equal(session.catchUps, undefined, 'and a live one behind none');
  }

  /** A client that reads again gets everything, or was closed with the code that says to come back. */
  checkEnd(): void {
    this.do({ do: 'read', how: 'all' });
    for (let round = 0; round < 60; round++) {
      this.turn();
      this.do({ do: 'wait', ms: 250 });
      this.check();
    }
    if (this.session.state === 'closed') return;
    if (this.#socket.closedWith !== undefined) {
      assert.equal(this.#socket.closedWith, closeCodes.slow_consumer);
      assert.equal(this.session.state, 'ending');
      return;
    }
    assert.equal(this.session.state, 'live');
    const { epoch, last } = this.hub.feed.window;
    if (this.#held !== undefined) assert.deepEqual(this.#held, { epoch, seq: last });
  }

  #attach(classMs: 0 | 100, behind: number): void {
    if (!this.session.open) return;
    this.#follow();
    const { epoch, first, last } = this.hub.feed.window;
    const held = { epoch, seq: Math.max(first - 1, last - behind) };
    this.#held = { ...held };
    this.#replays.detach(this.session, this.hub.feed);
    this.#replays.attach(this.session, this.hub.feed, classMs, { ...held, exact: true });
    this.#replays.start(this.session);
  }

  #close(): void {
    if (!this.session.open) return;
    this.#follow();
    this.session.closed();
    this.#slowConsumers.forget(this.session);
    this.#replays.forget(this.session);
    this.#replays.detach(this.session, this.hub.feed);
    this.#held = undefined;
  }

  /** Reads what was sent since; fails at a gap, and at a repeat that does not say so. */
  #follow(): void {
    const messages: readonly HubMessage[] = this.#socket.sent.slice(this.#read);
    this.#read = this.#socket.sent.length;
    for (const message of messages) {
      const held = this.#held;
      if (message.type === 'reset') {
        assert.ok(held !== undefined, 'nothing comes of what is not subscribed');
        const [epoch = Number.NaN, seq = Number.NaN] = (message.position ?? '').split('-').map(Number);
        [held.epoch, held.seq] = [epoch, seq - 1]; // its snapshot follows
      }
      const update = message.type === 'price_update' ? message.data.AAPL : undefined;
      if (update === undefined) continue;
      assert.ok(held !== undefined, 'nothing comes of what is not subscribed');
      const { from = update.seq, seq } = update;
      assert.equal(judgeCoverage(held.seq, from, seq), 'next', `${from} to ${seq} after ${held.seq}`);
      assert.ok(from === held.seq + 1 || update.snapshot === true, `${from} to ${seq} after ${held.seq}`);
      held.seq = seq;
    }
  }
}

test('however a client reads, only the changes of its state that there are happen, and it sees no gap and no repeat', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const scene = new Scene();
      scene.hub.history.add(7, 0, 3);
      await scene.hub.feed.open();
      for (const step of sequence) {
        scene.do(step);
        scene.check();
      }
      scene.checkEnd();
      for (const change of scene.seen) seen.add(change);
    }),
    { numRuns: 500, seed: 20240914 },
  );
  assert.deepEqual([...seen].sort(), [...changes].sort(), 'all of them were seen');
});
