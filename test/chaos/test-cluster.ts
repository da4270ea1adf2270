import type { Fanout } from '#fanout/ports.ts';
import { connectionTo, openFanout, testLimits } from '#fanout/redis/redis-fixtures.ts';
import { processResidentBytes } from '#loadtest/swarm/process-usage.ts';
import { createOracle, type Oracle } from '#test/harness/oracle.ts';
import { symbolsAt } from '#test/harness/pages.ts';
import {
  type FeedProcess,
  type HubProcess,
  type Settings,
  startFeedProcess,
  startHubProcess,
} from '#test/harness/processes.ts';
import { until } from '#test/harness/redis/until.ts';
import { type Balancer, openBalancer } from './balancer.ts';
import { ClientPool, type ClientPoolOptions } from './client-pool.ts';
import { type RedisTopology, startTopology, type TopologyKind } from './redis-topology.ts';
import type { TcpProxy } from './tcp-proxy.ts';
import { Witness } from './witness.ts';

export interface TestClusterOptions extends ClientPoolOptions {
  readonly redis: TopologyKind;
  readonly hubs: number;
  /** That the streams keep, per symbol. */
  readonly replayEntries: number;
  readonly hubSettings: Settings;
  /** Further arguments of node for the adapters. */
  readonly feedArguments: readonly string[];
}

export const testClusterDefaults: Omit<TestClusterOptions, 'redis'> = {
  ...{ hubs: 2, users: 240, symbolsPerUser: 5, wholeMarketUsers: 0 },
  ...{ symbols: 40, ticksPerSecond: 200, replayEntries: 5000, hubSettings: {}, feedArguments: [] },
};

/** Half of what a client takes for a dead connection. */
export const heartbeatMs = 2000;
/** tsx first, which reads the other. */
const preload = ['--import', 'tsx', '--import', './test/chaos/shifted-clock.ts'];
const feedCount = 2;

/** A Tickwire process that scenarios end and start again, in its place. */
interface Place<Process> {
  process: Process;
  /** Between it and Redis; absent where the topology can have none. */
  readonly proxy?: TcpProxy;
}

/** Everything that runs: Redis, an adapter and its standby, hubs behind a balancer, and the clients. */
export class TestCluster {
  readonly options: TestClusterOptions;
  readonly redis: RedisTopology;
  readonly oracle: Oracle = createOracle();
  readonly fanout: Fanout;
  readonly hubs: Place<HubProcess>[] = [];
  readonly feeds: Place<FeedProcess>[] = [];
  #balancer: Balancer | undefined;
  #clients: ClientPool | undefined;
  #witness: Witness | undefined;

  private constructor(options: TestClusterOptions, redis: RedisTopology, fanout: Fanout) {
    this.options = options;
    this.redis = redis;
    this.fanout = fanout;
  }

  /** Resolves when all users are live. @throws Error when that does not come about; nothing is left behind then */
  static async open(options: TestClusterOptions): Promise<TestCluster> {
    const redis = await startTopology(options.redis);
    const limits = { ...testLimits, replayEntriesMax: options.replayEntries };
    const fanout = await openFanout(connectionTo(redis.url, redis.kind, redis.masterName), undefined, limits);
    const testCluster = new TestCluster(options, redis, fanout);
    try {
      await testCluster.#build();
    } catch (error) {
      await testCluster.close();
      throw error;
    }
    return testCluster;
  }

  get balancer(): Balancer {
    return present(this.#balancer);
  }

  get clients(): ClientPool {
    return present(this.#clients);
  }

  get witness(): Witness {
    return present(this.#witness);
  }

  /** The hub at this place, anew; its proxy to Redis stays. */
  async startHub(place: Place<HubProcess>): Promise<void> {
    place.process = await startHubProcess(this.#hubSettings(place), preload);
  }

  async startFeed(place: Place<FeedProcess>): Promise<void> {
    place.process = await this.#runFeed(place);
  }

  /** Every user has had an update since this call, and holds all that was published before it. */
  async allLive(timeoutMs: number): Promise<void> {
    const since = performance.now();
    const last = new Map(this.witness.last);
    const late = (): string[] =>
      this.clients.users
        .filter((user) => !user.arrivals.after(since) || !user.caughtUp(last))
        .map(({ name }) => name);
    await until('all users are live', () => late().length === 0, timeoutMs).catch((error: unknown) => {
      const names = late();
      throw new Error(`${names.length} users are not live: ${names.slice(0, 5).join(', ')}`, {
        cause: error,
      });
    });
  }

  /** Bytes of the largest hub. */
  hubBytes(): number {
    return Math.max(...this.hubs.map(({ process }) => processResidentBytes(process.pid) ?? 0));
  }

  /** Bytes of the larger adapter. */
  feedBytes(): number {
    return Math.max(...this.feeds.map(({ process }) => processResidentBytes(process.pid) ?? 0));
  }

  /** Ends publishing; then each user must hold everything, and what it holds must have been published. */
  async finish(): Promise<void> {
    await Promise.all(this.feeds.map(({ process }) => process.end()));
    await this.witness.readStreams();
    const { last } = this.witness;
    const users = this.clients.users;
    await until('all users hold everything', () => users.every((user) => user.caughtUp(last)), 15_000);
    this.oracle.report();
  }

  async close(): Promise<void> {
    this.#clients?.close();
    await this.#balancer?.close();
    await Promise.all([...this.hubs, ...this.feeds].map(({ process }) => process.end('SIGKILL')));
    await Promise.all([...this.hubs, ...this.feeds].map(({ proxy }) => proxy?.close()));
    await this.fanout.close();
    await this.redis.stop();
  }

  async #build(): Promise<void> {
    const { hubs, symbols: symbolCount } = this.options;
    for (let i = 0; i < feedCount; i++) await this.#addFeed();
    await Promise.all(Array.from({ length: hubs }, () => this.#addHub()));
    const [first] = this.hubs;
    if (first === undefined) throw new Error('a test cluster needs a hub');
    for (const { process } of this.hubs)
      await until('the hub knows every symbol', async () => {
        return (await symbolsAt(process, 'simulated')).length === symbolCount;
      });
    const names = await symbolsAt(first.process, 'simulated');
    this.#witness = await Witness.open(this.fanout, this.oracle, names);
    this.#balancer = await openBalancer(() => this.hubs.map(({ process }) => process));
    this.#clients = new ClientPool(this.#balancer.url, this.options, names, this.oracle);
    await this.allLive(30_000);
  }

  async #addHub(): Promise<void> {
    const place = await this.#place();
    const process = await startHubProcess(this.#hubSettings(place), preload);
    this.hubs.push({ ...place, process });
  }

  async #addFeed(): Promise<void> {
    const place = await this.#place();
    this.feeds.push({ ...place, process: await this.#runFeed(place) });
  }

  #runFeed(place: { readonly proxy?: TcpProxy }): Promise<FeedProcess> {
    return startFeedProcess(this.#feedSettings(place), [...this.options.feedArguments, ...preload]);
  }

  async #place(): Promise<{ readonly proxy?: TcpProxy }> {
    const proxy = await this.redis.proxy?.();
    return proxy === undefined ? {} : { proxy };
  }

  #redisSettings({ proxy }: { readonly proxy?: TcpProxy }): Settings {
    const { url, kind, masterName } = this.redis;
    return {
      REDIS_URL: proxy === undefined ? url : `redis://127.0.0.1:${proxy.port}`,
      ...{
        REDIS_MODE: kind,
        REDIS_SENTINEL_NAME: masterName,
        REPLAY_ENTRIES: this.options.replayEntries,
        LOG_LEVEL: 'warn',
      },
    };
  }

  #hubSettings(place: { readonly proxy?: TcpProxy }): Settings {
    const settings = { HEARTBEAT_MS: heartbeatMs, DRAIN_MS: 3000, ...this.options.hubSettings };
    return { ...this.#redisSettings(place), ...settings };
  }

  #feedSettings(place: { readonly proxy?: TcpProxy }): Settings {
    const { symbols, ticksPerSecond } = this.options;
    return {
      ...this.#redisSettings(place),
      ...{ SIMULATED_SYMBOLS: symbols, SIMULATED_RATE: ticksPerSecond, SIMULATED_ARRIVALS: 'steady' },
    };
  }
}

function present<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new Error('the test cluster is not built yet');
  return part;
}
