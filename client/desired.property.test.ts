import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { found, known, type OfOne, type OfSymbol, type Step, step } from './desired-fixtures.ts';
import { FakeHubConnection, FakeMarket } from './fake-hubs.ts';
import { playClient, settle, story } from './fixtures.ts';
import type { Subscription, Update } from './mod.ts';

const symbolsMax = 4;

/** One who subscribed, with the newest that it got; what should not have come to it is added to `problems`. */
class Follower {
  readonly symbols: readonly string[];
  readonly frequency: number;
  readonly #problems: string[];
  readonly #newest = new Map<string, Update>();
  #subscription: Subscription | undefined;

  constructor(symbols: readonly string[], frequency: number, problems: string[]) {
    this.symbols = symbols;
    this.frequency = frequency;
    this.#problems = problems;
  }

  /** @param loops whether it reads by a loop, or else by the callback that the subscription was given */
  follow(subscription: Subscription, loops: boolean): void {
    this.#subscription = subscription;
    if (loops) void this.#loop(subscription);
  }

  get closed(): boolean {
    return this.#subscription?.closed === true;
  }

  close(): void {
    this.#subscription?.close();
  }

  newestOf(name: string): string | undefined {
    const newest = this.#newest.get(name);
    return newest && `${newest.epoch}-${newest.seq}`;
  }

  readonly take = (update: Update): void => {
    if (this.closed) this.#problems.push(`${story(update)} for one who has closed`);
    this.#judge(update);
  };

  #judge(update: Update): void {
    if (!this.symbols.includes(update.symbol))
      this.#problems.push(`${story(update)} for one who wants ${this.symbols}`);
    const before = this.#newest.get(update.symbol);
    const joins = before?.epoch === update.epoch && before.seq + 1 === update.from;
    if (before !== undefined && update.reset === undefined && !joins)
      this.#problems.push(`${story(update)} after ${story(before)}`);
    this.#newest.set(update.symbol, update);
  }

  async #loop(subscription: Subscription): Promise<void> {
    for await (const update of subscription) this.#judge(update);
  }
}

/** A client, its followers and the hubs that it came to. */
class Scene {
  readonly market = new FakeMarket(known);
  readonly played = playClient();
  readonly hubs: FakeHubConnection[] = [];
  readonly problems: string[] = [];
  #followers: Follower[] = [];

  get followers(): readonly Follower[] {
    this.#followers = this.#followers.filter(({ closed }) => !closed);
    return this.#followers;
  }

  /** The hubs whose sockets are open; each new one is met here. */
  get open(): readonly FakeHubConnection[] {
    for (const socket of this.played.sockets.slice(this.hubs.length))
      this.hubs.push(new FakeHubConnection(socket, this.market, symbolsMax));
    return this.hubs.filter(({ open }) => open);
  }

  subscribe(names: readonly string[], ms: number, loops: boolean): void {
    const follower = new Follower(names, ms, this.problems);
    const onUpdate = loops ? {} : { onUpdate: follower.take };
    follower.follow(this.played.client.subscribe(names, { frequency: ms, ...onUpdate }), loops);
    this.#followers.push(follower);
  }

  /** Returns a promise when that takes more than this turn. */
  does(one: Step): Promise<void> | undefined {
    const { followers, played, open } = this;
    const pick = <One>(among: readonly One[]): One | undefined =>
      'which' in one ? among[one.which % Math.max(1, among.length)] : undefined;
    switch (one.does) {
      case 'turn':
        return settle();
      case 'wait':
        return played.clock.advance(one.ms);
      case 'subscribe':
        this.subscribe(one.symbols, one.frequency, one.loops);
        return undefined;
      case 'replace': {
        const follower = pick(followers);
        follower?.close();
        if (follower !== undefined) this.subscribe(follower.symbols, one.frequency, false);
        return undefined;
      }
      case 'close':
        pick(followers)?.close();
        return undefined;
      case 'flush':
        for (const hub of open) hub.flush(() => true);
        return undefined;
      default:
        if ('which' in one) hubDoes(one.does, pick(open));
        else this.#happensTo(one.symbol, one.does);
        return undefined;
    }
  }

  /** The faults are over, and everything has the time that it takes. */
  async comesToRest(): Promise<void> {
    this.market.unavailable.clear();
    for (const hub of this.open) hub.refusing = 0;
    for (let quiet = 0, round = 0; quiet < 10; quiet++, round++) {
      assert.ok(round < 200, 'it does not come to rest');
      await this.played.clock.advance(2000);
      for (const hub of this.open) {
        hub.welcome();
        await settle();
        while (!hub.idle) {
          quiet = 0;
          hub.work();
          hub.arrive();
          await settle();
        }
      }
    }
  }

  #happensTo(name: string, what: OfSymbol): void {
    const { market, open } = this;
    if (what === 'trade') market.trade(name);
    if (what === 'lose history') market.restart(name);
    if (what === 'take away') market.notEntitled.add(name);
    if (what === 'retire') market.retired.add(name);
    if (what === 'unavailable' && !market.unavailable.delete(name)) market.unavailable.add(name);
    for (const hub of open) {
      if (what === 'skip') hub.skip(name);
      if (what === 'take away') hub.takeAway(name, 'not_entitled');
      if (what === 'delay') hub.takeAway(name, 'delay_changed');
      hub.flush((ms) => ms === 0);
    }
  }

  /** What the client should have asked for: the symbols that can be had, with the frequency of the fastest who wants it. */
  get wanted(): ReadonlyMap<string, number> {
    const wanted = new Map<string, number>();
    for (const { symbols: names, frequency: ms } of this.followers)
      for (const name of names)
        if (this.market.newest.has(name) && !this.market.notEntitled.has(name))
          wanted.set(name, Math.min(ms, wanted.get(name) ?? ms));
    return wanted;
  }
}

function hubDoes(what: OfOne, hub: FakeHubConnection | undefined): void {
  if (hub === undefined) return;
  hub.welcome();
  if (what === 'hub works') hub.work();
  if (what === 'message arrives') hub.arrive();
  if (what === 'refuse requests') hub.refusing = 2;
  if (what === 'limit rate') hub.limitRate();
  if (what === 'goodbye') hub.goodbye();
  if (what === 'lose connection') hub.lose();
}

/** One hub holds what is wanted, as much as it may hold, and everyone gets what comes next. */
async function judge(scene: Scene): Promise<void> {
  const { open, wanted, market } = scene;
  const [hub] = open;
  assert.ok(hub !== undefined && open.length === 1, `connections: ${open.length}`);
  const held = new Map([...hub.holds].map(([name, { frequency: ms }]) => [name, ms]));
  assert.deepEqual(
    [...held.keys()].filter((name) => !wanted.has(name)),
    [],
    'held, but not wanted',
  );
  const isServed = (name: string): boolean => !market.retired.has(name); // who holds a retired one keeps it as it was
  const served = [...wanted.keys()].filter(isServed);
  const here = [...held.keys()].filter(isServed);
  assert.equal(
    here.length,
    Math.min(served.length, symbolsMax - held.size + here.length),
    `${here} of ${served}`,
  );
  for (const name of here) assert.equal(held.get(name), wanted.get(name), `the frequency of ${name}`);
  for (const name of known) market.trade(name);
  hub.flush(() => true);
  while (!hub.idle) hub.arrive();
  await settle();
  for (const follower of scene.followers)
    for (const name of follower.symbols)
      if (held.has(name))
        assert.equal(follower.newestOf(name), market.positionOf(name), `what ${name} came to`);
}

/** Nothing is left of a client that was closed. */
async function judgeClosed(scene: Scene): Promise<void> {
  const { client, told, clock, sockets } = scene.played;
  const { followers } = scene;
  client.close();
  const before = { told: told.length, sockets: sockets.length };
  for (const hub of scene.hubs) hub.arrive();
  await clock.advance(60_000);
  assert.ok(followers.every(({ closed }) => closed));
  assert.deepEqual({ told: told.length, sockets: sockets.length }, before);
  assert.equal(scene.open.length, 0);
}

test('in whatever order symbols are wanted, answered, refused and lost, the hub holds in the end what is wanted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), fc.boolean(), async (steps, waits) => {
      const scene = new Scene();
      for (const one of steps) {
        const later = scene.does(one);
        if (later !== undefined) await later;
      }
      if (waits) {
        await scene.comesToRest();
        await judge(scene);
      }
      await judgeClosed(scene);
      assert.deepEqual(scene.problems, []);
    }),
    // The same sequences every time: those that one finds by chance in ten thousand belong in a longer run, by hand.
    {
      ...{ numRuns: 500, seed: 20_261_130 },
      examples: found.map((steps): [Step[], boolean] => [[...steps], true]),
    },
  );
});
