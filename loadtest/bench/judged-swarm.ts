import { setTimeout as delay } from 'node:timers/promises';
import { type Swarm, type SwarmSample, type SwarmScenario, startSwarm } from '#loadtest/swarm/swarm.ts';
import { tickwireDialect } from '#loadtest/swarm/target.ts';
import type { Closing } from './closing.ts';
import type { Feed } from './feed.ts';

/** Sockets of the load generator that judges every update, and fails the run at the first wrong one. */
export interface JudgedSwarm {
  /**
   * What came since the last look.
   * @throws Error when an update was missing, repeated or out of order, or the hub refused something
   */
  look(): Promise<SwarmSample>;
  /** @throws Error when they are not within the time */
  untilSubscribed(timeoutMs: number): Promise<void>;
  /**
   * Waits until every socket holds everything that any socket has now.
   * @throws Error when that takes too long
   */
  untilCaughtUp(timeoutMs: number): Promise<void>;
}

const lookMs = 100;
const seed = 1;

type Order = Pick<SwarmScenario, 'sockets' | 'symbolsPerSocket' | 'workers' | 'rampPerSecond'> &
  Partial<Pick<SwarmScenario, 'slow' | 'reconnect'>> & { readonly host?: string };

/** MessagePack sockets to `port` of 127.0.0.1 or another `host`, each with symbols of its own of the feed's. */
export async function openJudgedSwarm(
  closing: Closing,
  { symbols: catalogue }: Feed,
  port: number,
  order: Order,
): Promise<JudgedSwarm> {
  const swarm = await startSwarm(
    {
      ...{ symbols: { choice: 'uniform' }, seed, frequency: 0, slow: undefined, churn: undefined },
      ...{ reconnect: false, ...order },
    },
    {
      endpoints: [{ host: order.host ?? '127.0.0.1', port }],
      ...{ dialect: tickwireDialect('msgpack'), catalogue, updatesPerSymbol: undefined, processes: [] },
      ...{ died: new Promise(() => undefined), stopFeed: async () => undefined, stop: async () => undefined },
    },
  );
  closing.defer(() => swarm.stop());
  const look = async (): Promise<SwarmSample> => judged(await swarm.sample(), order.reconnect === true);
  return {
    look,
    untilSubscribed: (timeoutMs) =>
      waitFor('all are subscribed', timeoutMs, async () => (await look()).subscribed === order.sockets),
    async untilCaughtUp(timeoutMs) {
      const standings = await swarm.furthest();
      await waitFor('all have caught up', timeoutMs, async () => (await behind(swarm, standings)) === 0);
    },
  };
}

function behind(swarm: Swarm, standings: Awaited<ReturnType<Swarm['furthest']>>): Promise<number> {
  return swarm.behind(standings, false);
}

async function waitFor(what: string, timeoutMs: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline)
      throw new Error(`within ${timeoutMs} ms it did not happen that ${what}`);
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

/** The latency in ms that `share` of the counted updates did not exceed; NaN of none. */
export function latencyQuantile(pairs: readonly number[], share: number): number {
  const counts = new Map<number, number>();
  for (let at = 0; at < pairs.length; at += 2)
    counts.set(pairs[at] ?? 0, (counts.get(pairs[at] ?? 0) ?? 0) + (pairs[at + 1] ?? 0));
  const sorted = [...counts].sort(([a], [b]) => a - b);
  let left = sorted.reduce((sum, [, count]) => sum + count, 0) * share;
  for (const [ms, count] of sorted) {
    left -= count;
    if (left <= 0) return ms;
  }
  return Number.NaN;
}
