import { setTimeout as delay } from 'node:timers/promises';
import type { Closing } from '#loadtest/bench/harness/closing.ts';
import type { DialectName } from '#loadtest/swarm/dialect/dialect.ts';
import { type Swarm, type SwarmSample, type SwarmScenario, startSwarm } from '#loadtest/swarm/swarm.ts';
import { tickwireDialect } from '#loadtest/swarm/target/target.ts';
import type { Feed } from './feed.ts';

/** Sockets of the load generator that judges every update, and fails the run at the first wrong one. */
export interface JudgedSwarm {
  /** Live updates that were seen by the looks, in all; those of slow sockets are not among them. */
  readonly delivered: number;
  /** Snapshots, likewise. */
  readonly snapshots: number;
  /** Times from connect to the answer of the subscribe, likewise: pairs of ms and count. */
  readonly answers: readonly number[];
  /**
   * What came since the last look.
   * @throws Error when an update was missing, repeated or out of order, or the hub refused something
   */
  look(): Promise<SwarmSample>;
  /** @throws Error when they are not within the time */
  untilSubscribed(timeoutMs: number): Promise<void>;
  /** Waits until `delivered` is that. @throws Error when it does not come to it in time, or exceeds it */
  untilDelivered(count: number, timeoutMs: number): Promise<void>;
  /** Waits until nothing has been delivered for so long. */
  untilQuiet(quietMs: number): Promise<void>;
  /**
   * Waits until every socket holds everything that any socket has now, its snapshots included.
   * @throws Error when that takes too long
   */
  untilCaughtUp(timeoutMs: number): Promise<void>;
  /** Its slow sockets begin to read slowly, or to read all that comes. */
  slow(on: boolean): Promise<void>;
}

/** What a bench may say of its sockets; MessagePack to a hub, each symbol with equally many, when it does not. */
export type SwarmOrder = Pick<SwarmScenario, 'sockets' | 'symbolsPerSocket' | 'workers'> &
  Partial<
    Pick<SwarmScenario, 'rampPerSecond' | 'frequency' | 'slow' | 'slowAtFirst' | 'reconnect' | 'since'>
  > & {
    readonly host?: string;
    readonly dialect?: DialectName;
  };

const lookMs = 100;
/** As fast as the server answers. */
const rampUnlimited = 100_000;

/** Sockets to `port` of 127.0.0.1 or another `host`; they begin to open. */
export async function openJudgedSwarm(
  closing: Closing,
  { symbols: catalogue }: Pick<Feed, 'symbols'>,
  port: number,
  order: SwarmOrder,
): Promise<JudgedSwarm> {
  const { host = '127.0.0.1', dialect = tickwireDialect('msgpack'), ...scenario } = order;
  const swarm = await startSwarm(
    {
      ...{ symbols: { choice: 'spread' }, seed: 1, frequency: 0, slow: undefined, churn: undefined },
      ...{ reconnect: false, rampPerSecond: rampUnlimited, ...scenario },
    },
    {
      endpoints: [{ host, port }],
      ...{ dialect, catalogue, updatesPerSymbol: undefined, processes: [] },
      ...{ died: new Promise(() => undefined), stopFeed: async () => undefined, stop: async () => undefined },
    },
  );
  closing.defer(() => swarm.stop());
  return judge(swarm, order);
}

function judge(swarm: Swarm, { sockets, reconnect = false }: SwarmOrder): JudgedSwarm {
  let delivered = 0;
  let snapshots = 0;
  const answers: number[] = [];
  const look = async (): Promise<SwarmSample> => {
    const sample = judged(await swarm.sample(), reconnect);
    delivered += sample.counts.updates;
    snapshots += sample.counts.snapshot;
    answers.push(...sample.answers);
    return sample;
  };
  const comesTo = async (count: number): Promise<boolean> => {
    await look();
    return delivered >= count;
  };
  return {
    get delivered() {
      return delivered;
    },
    get snapshots() {
      return snapshots;
    },
    answers,
    look,
    untilSubscribed: (timeoutMs) =>
      waitFor(
        () => 'all are subscribed',
        timeoutMs,
        async () => (await look()).subscribed === sockets,
      ),
    async untilDelivered(count, timeoutMs) {
      await waitFor(
        () => `${count} updates were delivered, only ${delivered}`,
        timeoutMs,
        () => comesTo(count),
      );
      if (delivered > count) throw new Error(`${delivered} updates were delivered instead of ${count}`);
    },
    async untilQuiet(quietMs) {
      for (let before = -1; before < delivered; ) {
        before = delivered;
        await delay(quietMs);
        await look();
      }
    },
    async untilCaughtUp(timeoutMs) {
      const standings = await swarm.furthest();
      await waitFor(
        () => 'all have caught up',
        timeoutMs,
        async () => (await swarm.behind(standings, false)) === 0,
      );
    },
    slow: (on) => swarm.slow(on),
  };
}

async function waitFor(what: () => string, timeoutMs: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline)
      throw new Error(`within ${timeoutMs} ms it did not happen that ${what()}`);
    await delay(lookMs);
  }
}

/** Sockets that come back may have to try more than once. */
function judged(sample: SwarmSample, reconnects: boolean): SwarmSample {
  const { counts, violations, words } = sample;
  const wrong = Object.entries(violations).map(([kind, count]) => `${count} × ${kind}`);
  if (!reconnects && counts.lost + counts.failed > 0) wrong.push(`${counts.lost + counts.failed} × closed`);
  if (counts.problems > 0) wrong.push(`${counts.problems} × problem`);
  if (wrong.length > 0) throw new Error([wrong.join(', '), ...words.slice(0, 3)].join('\n'));
  return sample;
}

/** Publishes at a steady rate until it is stopped; that waits for what is under way. */
export function publishOn(closing: Closing, feed: Feed, ticksPerSecond: number): { stop(): Promise<void> } {
  let stopping = false;
  const publishing = (async () => {
    while (!stopping) await feed.publish(ticksPerSecond, 1);
  })();
  publishing.catch(() => undefined); // who stops it hears of it
  const stop = async (): Promise<void> => {
    stopping = true;
    await publishing;
  };
  closing.defer(stop);
  return { stop };
}
