import assert from 'node:assert/strict';
import { symbolOf } from '#fanout/fixtures.ts';
import type { Fanout } from '#fanout/ports.ts';
import type { RedisConnection } from '#fanout/redis/connection/connection.ts';
import { connectionTo, openFanout, testLimits } from '#fanout/redis/redis-fixtures.ts';
import type { Position } from '#protocol/position.ts';
import type { Tick } from '#protocol/tick.ts';
import { createOracle, type Oracle } from './oracle.ts';
import type { OracleReport } from './oracle-report.ts';
import {
  type FeedProcess,
  type HubProcess,
  type Settings,
  startFeedProcess,
  startHubProcess,
  type TickwireProcess,
} from './processes.ts';
import { until } from './redis/until.ts';
import { SelfCheckingClient, type SelfCheckingOptions } from './self-checking-client.ts';
import { TickPublisher, type TickPublisherLimits } from './tick-publisher.ts';
import { WatchedClient, type WatchedClientOptions } from './watched-client.ts';

/** One server, a group that sentinels watch, or a cluster: whatever `test/redis` starts. */
export interface SceneRedis {
  readonly url: string;
  readonly mode?: RedisConnection['mode'];
  readonly masterName?: string;
  stop(): Promise<void>;
}

/** What a scene needs of a test; a command that opens one gives the same. */
export interface SceneTest {
  /** Has `end` called when the test is over. */
  after(end: () => Promise<void>): void;
  diagnostic(message: string): void;
}

export interface SceneOptions {
  /** Updates per symbol that stay in the streams, for all publishers; 10,000 unless told. */
  readonly replayEntries?: number;
}

/** Redis, real processes, clients of both kinds, and the oracle that knows the truth. */
export class Scene {
  readonly oracle: Oracle = createOracle();
  /** Position of the newest update of each symbol that is known to be published. */
  readonly last = new Map<string, Position>();
  readonly watched: WatchedClient[] = [];
  readonly selfChecking: SelfCheckingClient[] = [];
  /** For the test's own reads and writes. */
  readonly fanout: Fanout;
  readonly #settings: Settings;
  readonly #t: SceneTest;
  readonly #publishers: TickPublisher[] = [];
  readonly #processes: TickwireProcess[] = [];

  private constructor(t: SceneTest, fanout: Fanout, settings: Settings) {
    this.#t = t;
    this.fanout = fanout;
    this.#settings = settings;
  }

  /** A scene on `redis`, which it stops; everything of it ends with the test, also when that fails. */
  static async open(t: SceneTest, redis: SceneRedis, options: SceneOptions = {}): Promise<Scene> {
    const { url, mode = 'standalone', masterName = 'tickwire', stop } = redis;
    const replayEntriesMax = options.replayEntries ?? 10_000;
    const limits = { ...testLimits, replayEntriesMax };
    const fanout = await openFanout(connectionTo(url, mode, masterName), undefined, limits);
    const scene = new Scene(t, fanout, {
      ...{ REDIS_URL: url, REDIS_MODE: mode, REDIS_SENTINEL_NAME: masterName },
      ...{ REPLAY_ENTRIES: replayEntriesMax, LOG_LEVEL: 'warn', DRAIN_MS: 0 },
    });
    t.after(async () => {
      await scene.#end();
      await stop.call(redis);
    });
    return scene;
  }

  async startHub(settings: Settings = {}): Promise<HubProcess> {
    const hub = await startHubProcess({ ...this.#settings, ...settings });
    this.#processes.push(hub);
    return hub;
  }

  async startFeed(settings: Settings = {}): Promise<FeedProcess> {
    const feed = await startFeedProcess({ ...this.#settings, ...settings });
    this.#processes.push(feed);
    return feed;
  }

  /** A publisher in the test's process, whose symbols are in the catalogue; `start` it, or give it bursts. */
  async createPublisher(names: readonly string[], limits: TickPublisherLimits): Promise<TickPublisher> {
    const source = `test-${this.#publishers.length}`;
    const published = (tick: Tick, position: Position): void => this.#published(tick, position);
    const publisher = new TickPublisher({ fanout: this.fanout, source, published }, names, limits);
    this.#publishers.push(publisher);
    await publisher.announce();
    return publisher;
  }

  async watch(url: string, name: string, options: WatchedClientOptions): Promise<WatchedClient> {
    const client = await WatchedClient.connect(url, this.oracle.client(name), options);
    this.watched.push(client);
    return client;
  }

  /** An SDK client; `updates` says whether it has begun. */
  useSdk(url: string | readonly string[], name: string, options: SelfCheckingOptions): SelfCheckingClient {
    const client = new SelfCheckingClient(name, url, options);
    this.selfChecking.push(client);
    return client;
  }

  /** Where a feed process publishes: takes the truth from the streams, which must still hold all of it. */
  async readTruth(names: readonly string[]): Promise<void> {
    for (const symbol of names.map(symbolOf))
      await until(`the stream of ${symbol} is read`, async () => {
        const entries = await this.fanout.history.before(symbol, undefined, 1_000_000);
        for (const { tick, position } of entries.toReversed()) this.#published(tick, position);
        return true; // Redis may be away for a moment after a failover: until() asks again
      });
  }

  /** So many more updates of each symbol are published. */
  async advance(names: readonly string[], updates: number): Promise<void> {
    const goals = names.map((name) => [name, (this.last.get(name)?.seq ?? -1) + updates] as const);
    await until(`${updates} more updates of each symbol are published`, () =>
      goals.every(([name, seq]) => (this.last.get(name)?.seq ?? -1) >= seq),
    );
  }

  /** Every client holds the newest position of each of its symbols. */
  async caughtUp(): Promise<void> {
    const clients = [...this.watched, ...this.selfChecking];
    await until('all are caught up', () => clients.every((client) => client.caughtUp(this.last)));
  }

  /** Ends publishing, and holds everything against what the contract promises. */
  async finish(): Promise<OracleReport> {
    await Promise.all(this.#publishers.map((publisher) => publisher.stop()));
    await this.caughtUp().catch(() => undefined); // who is not becomes a violation, by name
    for (const client of [...this.watched, ...this.selfChecking]) client.expectCaughtUp(this.last);
    const report = this.oracle.report();
    const { published, delivered, covered, snapshots, resets } = report;
    const sdk = this.selfChecking.reduce((sum, { updates }) => sum + updates, 0);
    this.#t.diagnostic(JSON.stringify({ published, delivered, covered, snapshots, sdk, resets }));
    assert.deepEqual(report.violations, []);
    assert.equal(report.gaps, 0);
    for (const client of this.watched) assert.equal(client.undecodable, 0);
    for (const client of this.selfChecking) assert.deepEqual(client.problems, []);
    assert.ok(published > 0 && delivered + sdk > 0, 'something was published and delivered');
    return report;
  }

  #published(tick: Tick, position: Position): void {
    const { symbol, price, size, bid, ask, volume } = tick;
    const optional = Object.entries({ size, bid, ask, volume }).filter(([, value]) => value !== undefined);
    const timestamp = new Date(tick.venueTime).toISOString();
    const fields = { price, timestamp, ...Object.fromEntries(optional) };
    this.oracle.published(symbol, position.epoch, position.seq, fields);
    this.last.set(symbol, position);
  }

  async #end(): Promise<void> {
    // What a publisher failed with was `finish`'s to tell; here everything has to end.
    await Promise.all(this.#publishers.map((publisher) => publisher.stop().catch(() => undefined)));
    for (const client of this.selfChecking) client.close();
    for (const client of this.watched) await client.raw.cut();
    await Promise.all(this.#processes.map((started) => started.end('SIGKILL')));
    await this.fanout.close();
  }
}

/** `S0`, `S1` … */
export function symbolNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `S${i}`);
}

/** Losses that raw clients were told of, for whatever reason. */
export function resetCount({ resets }: OracleReport): number {
  return Object.values(resets).reduce((sum, count) => sum + count, 0);
}
