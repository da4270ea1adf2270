import { readMetrics } from '#test/harness/metrics-page.ts';
import type { OracleReport } from '#test/harness/oracle-report.ts';
import type { HubProcess } from '#test/harness/processes.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { until } from '#test/harness/redis/until.ts';
import { resetCount, Scene, type SceneTest, symbolNames } from '#test/harness/scene.ts';
import type { SelfCheckingClient } from '#test/harness/self-checking-client.ts';
import type { TickPublisher } from '#test/harness/tick-publisher.ts';
import type { WatchedClient } from '#test/harness/watched-client.ts';
import type { FuzzArguments } from './arguments.ts';
import type { Random } from './choice.ts';
import { RestlessClient } from './restless-client.ts';
import { type AttackTokens, attackTokens, fullToken, tokenSettings } from './tokens.ts';

/*
 *   publisher ──► Redis ──► hub ──► innocent clients: JSON, MessagePack, conflated, the SDK
 *                            ▲ └──► restless clients          (the oracle judges them all)
 *                            └───── attackers
 */

const symbolCount = 6;
const ticksPerSecond = 300;
const restlessCount = 3;
const restlessRequests = 60;
/** What the hub may grow to; it takes 100 to 150 MB to begin with. */
const rssBytesMax = 400 * 1024 * 1024;
/** At the level `warn`, for a whole run: what clients do is counted, not logged. */
const logLinesMax = 20;
const settleTimeoutMs = 20_000;

/** A hub under attack, with the clients that must not notice. */
export interface FuzzTarget {
  readonly hub: HubProcess;
  readonly symbols: readonly string[];
  /** Those that attackers present; undefined: the hub wants none. */
  readonly tokens: AttackTokens | undefined;
  /** Messages that the restless clients sent. */
  readonly requests: number;
  /** Largest that the hub was, in bytes, at the checks so far. */
  readonly rssBytes: number;
  /** Prices flow, and the restless clients have begun; resolves when these are through with a round. */
  act(): Promise<void>;
  /** Waits until all is quiet, and returns what the hub did wrong since the beginning; undefined: nothing. */
  check(): Promise<string | undefined>;
  report(): OracleReport;
}

/**
 * @param t what ends the scene: a test, or a run of the command
 * @param auth whether the hub wants tokens
 */
export async function openTarget(
  t: SceneTest,
  random: Random,
  auth: FuzzArguments['auth'] = 'none',
): Promise<FuzzTarget> {
  const token = auth === 'jwt' ? fullToken('innocent') : undefined;
  const symbols = symbolNames(symbolCount);
  const scene = await Scene.open(t, await startRedis());
  const publisher = await scene.createPublisher(symbols, { rate: ticksPerSecond });
  await publisher.burst(symbols.length);
  const hub = await scene.startHub({ MESSAGES_PER_SECOND: 10_000, ...(auth === 'jwt' && tokenSettings) });
  let ended = false;
  void hub.exited.then(() => {
    ended = true;
  });
  await until(
    'the hub knows the symbols',
    async () => (await symbolsOf(hub, token)).length === symbols.length,
  );
  const users = await connectUsers(scene, hub, symbols, token);
  const restless = Array.from(
    { length: restlessCount },
    (_, i) => new RestlessClient(scene.oracle.client(`restless ${i}`), symbols, random, token),
  );
  let rssBytes = 0;

  const judge = async (): Promise<string | undefined> => {
    await untilQuiet(scene, hub, users, symbols.length);
    const rss = (await readMetrics(hub)).value('process_resident_memory_bytes');
    rssBytes = Math.max(rssBytes, rss);
    if (rss > rssBytesMax) return `the hub grew to ${Math.round(rss / 1e6)} MB`;
    return logProblem(hub.output()) ?? clientProblem(scene.oracle.report(), users);
  };
  const endProblem = (): string => `the hub ended; it printed:\n${hub.output().slice(-4000)}`;

  return {
    hub,
    symbols,
    tokens: auth === 'jwt' ? attackTokens() : undefined,
    get requests() {
      return restless.reduce((sum, client) => sum + client.requests, 0);
    },
    get rssBytes() {
      return rssBytes;
    },
    async act() {
      publisher.start();
      await Promise.all(restless.map((client) => client.act(hub.url, restlessRequests)));
    },
    async check() {
      if (ended) return endProblem();
      await quiet(publisher, restless);
      try {
        return await judge();
      } catch (error) {
        if (ended) return endProblem();
        return `${(error as Error).message}; ${clientProblem(scene.oracle.report(), users) ?? ''}`;
      }
    },
    report: () => scene.oracle.report(),
  };
}

/** The clients that must not notice the attacks. */
interface Users {
  readonly innocents: readonly WatchedClient[];
  readonly sdk: SelfCheckingClient;
}

async function connectUsers(
  scene: Scene,
  hub: HubProcess,
  symbols: readonly string[],
  token: string | undefined,
): Promise<Users> {
  const presented = token === undefined ? {} : { token };
  const innocents = [
    await scene.watch(hub.url, 'json', { symbols, ...presented }),
    await scene.watch(hub.url, 'msgpack', { symbols, format: 'msgpack', ...presented }),
    await scene.watch(hub.url, 'conflated', { symbols, frequency: 100, ...presented }),
  ];
  return { innocents, sdk: scene.useSdk(hub.url, 'sdk', { symbols, connect: presented }) };
}

/** The users have every price, and nobody else is connected any more. */
async function untilQuiet(
  scene: Scene,
  hub: HubProcess,
  { innocents, sdk }: Users,
  symbols: number,
): Promise<void> {
  await until(
    'all are caught up',
    () => scene.watched.every((c) => c.caughtUp(scene.last)) && sdk.caughtUp(scene.last),
    settleTimeoutMs,
  );
  const users = innocents.length + 1;
  await until(
    'the attackers are gone',
    async () => {
      const page = await readMetrics(hub);
      return (
        page.value('tickwire_hub_sockets') === users &&
        page.value('tickwire_hub_subscriptions') === users * symbols
      );
    },
    settleTimeoutMs,
  );
}

async function quiet(publisher: TickPublisher, restless: readonly RestlessClient[]): Promise<void> {
  await publisher.stop();
  await Promise.all(restless.map((client) => client.leave()));
}

function clientProblem(report: OracleReport, { innocents, sdk }: Users): string | undefined {
  if (report.violations.length > 0) return `the oracle found: ${report.violations.slice(0, 5).join('; ')}`;
  if (sdk.problems.length > 0) return `the SDK's user found: ${sdk.problems.slice(0, 5).join('; ')}`;
  if (resetCount(report) > 0 || sdk.resets > 0)
    return `clients were told of losses: ${JSON.stringify(report.resets)}`;
  return innocents.some((client) => client.undecodable > 0)
    ? 'a frame for an innocent could not be read'
    : undefined;
}

function logProblem(output: string): string | undefined {
  const lines = output.split('\n').length - 1;
  return lines > logLinesMax
    ? `the hub logged ${lines} lines, the last of them:\n${output.slice(-1000)}`
    : undefined;
}

async function symbolsOf({ port }: HubProcess, token: string | undefined): Promise<readonly unknown[]> {
  const response = await fetch(`http://127.0.0.1:${port}/symbols`, {
    signal: AbortSignal.timeout(2000),
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
  });
  return ((await response.json()) as { symbols: readonly unknown[] }).symbols;
}
