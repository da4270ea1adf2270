import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { SignJWT } from 'jose';
import { slotMs } from '#hub/delivery/phases.ts';
import { restrictionOf, slotOf } from '#hub/delivery/restriction.ts';
import { frequencyClassOf } from '#protocol/frequency.ts';
import type { HubMessage, PriceUpdate } from '#protocol/messages.ts';
import { connectRaw, offerOf, type RawClient } from './harness/raw-client.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { Scene } from './harness/scene.ts';

const secret = 'kept-by-the-issuer-and-the-hubs-alone';
const symbol = 'AAPL';
const user = 'ann';
const classMs = frequencyClassOf(1000);
/** By how much the clock of a hub may be ahead of the test's, on one machine; ms. */
const clockToleranceMs = 25;
const socketsCount = 6;
const requestEveryMs = 50;
const windowsMin = 7;

async function mint(sub: string, tickwire: object): Promise<string> {
  return new SignJWT({ sub, tickwire })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret));
}

/** When the user's last window before `time` ended; Unix ms. */
function windowEndBefore(time: number): number {
  const restriction = restrictionOf({
    ...{ user, expiresAt: 0, claim: undefined },
    entitlements: { allows: () => true, frequencyMinMs: classMs, delayedMinutes: 0, socketsMax: 1 },
  });
  const offset = slotOf(restriction ?? assert.fail(), classMs) * slotMs;
  return Math.floor((time - offset) / classMs) * classMs + offset;
}

/**
 * Judges what one user is told, over all sockets, by the times that the updates carry. An update that is newer than the
 * end of the last window when it comes was told in that window: a tick is read, told and received in this order, by one
 * clock. It can be the one update that a hub ends the window with, some ms after its end, or later under load; and none
 * else.
 */
class RestrictionJudge {
  /** Numbers of all updates that came. */
  readonly seen = new Set<number>();
  /** `hub windowEnd` → numbers of updates newer than that end, told before the next one. */
  readonly #newer = new Map<string, Set<number>>();
  /** Windows in which something came, by hub. */
  readonly #windows = new Map<string, Set<number>>();
  readonly #startedAt = Date.now();

  take(hub: string, { received, seq }: PriceUpdate): void {
    const windowEnd = windowEndBefore(Date.now() + clockToleranceMs);
    this.seen.add(seq);
    add(this.#windows, hub, windowEnd);
    if ((received ?? assert.fail('an update says when it was read')) > windowEnd)
      add(this.#newer, `${hub} ${windowEnd}`, seq);
  }

  windowsAt(hub: string): number {
    return this.#windows.get(hub)?.size ?? 0;
  }

  /** Windows in which a hub told more than one price that is newer than the end of the last one. */
  get excesses(): readonly string[] {
    return [...this.#newer]
      .filter(([, numbers]) => numbers.size > 1)
      .map(([window, numbers]) => `${window}: ${[...numbers].join()}`);
  }

  /** In each window a hub tells the update that it ends with, and one as of its end to those who ask, however often. */
  get pricesMax(): number {
    const windows = Math.ceil((Date.now() - this.#startedAt) / classMs) + 1;
    return 2 * 2 * windows;
  }
}

function add<Key>(sets: Map<Key, Set<number>>, key: Key, value: number): void {
  const values = sets.get(key) ?? new Set<number>();
  sets.set(key, values);
  values.add(value);
}

interface Hub {
  readonly name: string;
  readonly url: string;
}

interface UserSocketDeps {
  readonly hubs: readonly [Hub, Hub];
  readonly token: string;
  readonly judge: RestrictionJudge;
}

/** A socket of the user, which asks again and again, and goes from one hub to the other. */
class UserSocket {
  /** What was answered to it, over all connections. */
  readonly counts = { subscribed: 0, resumed: 0, moves: 0 };
  readonly #deps: UserSocketDeps;
  #at: number;
  #raw: RawClient | undefined;
  #epoch = '';
  /** Number of the last update that came; undefined where there is none to resume from. */
  #held: number | undefined;

  constructor(deps: UserSocketDeps, at: number) {
    this.#deps = deps;
    this.#at = at;
  }

  async connect(): Promise<void> {
    const { hubs, token } = this.#deps;
    const { name, url } = hubs[this.#at % 2 === 0 ? 0 : 1];
    const onMessage = (message: HubMessage): void => this.#receive(name, message);
    this.#raw = await connectRaw(url, { ...offerOf('json', token), keepMax: 1, onMessage });
    this.#subscribe(true);
  }

  /** One of: subscribe once more, from nothing or from what is held; leave and come back; go to the other hub. */
  async act(turn: number): Promise<void> {
    if (turn % 12 === 11) {
      await this.close();
      this.#at++;
      this.counts.moves++;
      await this.connect();
      return;
    }
    if (turn % 3 === 1) this.#raw?.send({ type: 'unsubscribe', symbols: [symbol] });
    this.#subscribe(turn % 3 === 2);
  }

  async close(): Promise<void> {
    await this.#raw?.cut();
  }

  #subscribe(resumes: boolean): void {
    const since = resumes && this.#held !== undefined ? `${this.#epoch}-${this.#held}` : undefined;
    this.#raw?.send({
      type: 'subscribe',
      symbols: [symbol],
      ...(since !== undefined && { since: { [symbol]: since } }),
    });
  }

  #receive(hub: string, message: HubMessage): void {
    if (message.type === 'error') assert.fail(message.message);
    if (message.type === 'subscribed') {
      const { position, recovered } = message.symbols[symbol] ?? assert.fail('it is served');
      this.#epoch = position?.split('-')[0] ?? assert.fail('it has a position');
      this.counts.subscribed++;
      if (recovered === true) this.counts.resumed++;
    }
    if (message.type !== 'price_update') return;
    const update = message.data[symbol] ?? assert.fail('it is of the symbol');
    this.#held = update.seq;
    this.#deps.judge.take(hub, update);
  }
}

/** Each `requestEveryMs` the next of the sockets asks for something, until `done`. */
async function askAgainAndAgain(sockets: readonly UserSocket[], done: () => boolean): Promise<void> {
  let turn = 0;
  await until('the user has had prices of enough windows', async () => {
    for (const socket of sockets) {
      await socket.act(turn);
      await delay(requestEveryMs);
    }
    turn++;
    return done();
  });
}

test('over two hubs a user with a restricted frequency gets one price a window, on any sockets, however often it asks', async (t) => {
  const scene = await Scene.open(t, await startRedis());
  const publisher = await scene.createPublisher([symbol], { rate: 150 });
  await publisher.burst(50);
  publisher.start();
  const settings = { AUTH: 'jwt', JWT_SECRET: secret };
  const one = await scene.startHub({ ...settings, NODE_ID: 'one' });
  const two = await scene.startHub({ ...settings, NODE_ID: 'two' });
  const free = await mint('max', {});
  for (const [name, { url }] of Object.entries({ one, two }))
    await scene.watch(url, `unrestricted at ${name}`, { symbols: [symbol], token: free });

  const judge = new RestrictionJudge();
  const token = await mint(user, { frequency_min: classMs });
  const hubs = [
    { name: 'one', url: one.url },
    { name: 'two', url: two.url },
  ] as const;
  const sockets = Array.from({ length: socketsCount }, (_, i) => new UserSocket({ hubs, token, judge }, i));
  t.after(() => Promise.all(sockets.map((socket) => socket.close())));
  for (const socket of sockets) await socket.connect();
  const total = (count: keyof UserSocket['counts']): number =>
    sockets.reduce((sum, { counts }) => sum + counts[count], 0);
  await askAgainAndAgain(
    sockets,
    () =>
      judge.windowsAt('one') >= windowsMin &&
      judge.windowsAt('two') >= windowsMin &&
      total('moves') >= socketsCount &&
      total('resumed') >= 20,
  );

  const { seen, excesses, pricesMax } = judge;
  t.diagnostic(
    `${total('subscribed')} answers, ${total('resumed')} resumes, ${seen.size} prices of ${pricesMax}`,
  );
  assert.deepEqual(excesses, [], 'nothing is newer than the end of the last window but what that ends with');
  assert.ok(seen.size <= pricesMax, `${seen.size} prices`);
  const { delivered } = await scene.finish();
  assert.ok(delivered > seen.size, 'others have every update');
});
