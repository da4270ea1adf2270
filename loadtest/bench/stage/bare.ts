import { setTimeout as delay } from 'node:timers/promises';
import { startChild } from '#loadtest/bench/harness/children.ts';
import type { Closing } from '#loadtest/bench/harness/closing.ts';
import type { FeedOrder } from '#loadtest/peers/feeds/feed-orders.ts';
import type { ServerOrder } from '#loadtest/peers/servers/server-order.ts';
import type { DialectName } from '#loadtest/swarm/dialect/dialect.ts';

/** The ceiling: uWebSockets.js with nothing around it, the same that the peers are held against. */
export interface Bare {
  readonly port: number;
  readonly pid: number;
  /** Publishes symbol after symbol at that rate; resolves with the number of updates. */
  publish(updatesPerSecond: number, seconds: number): Promise<number>;
}

/** How its sockets speak. */
export const bareDialect: DialectName = {
  module: new URL('../../peers/dialects/bare-dialect.ts', import.meta.url).href,
  options: {},
};

type Order = Pick<ServerOrder, 'turnMs' | 'snapshots'>;

/** @param symbolCount symbols `S0`, `S1`, … */
export async function startBare(closing: Closing, symbolCount: number, order: Order = {}): Promise<Bare> {
  const child = startChild(new URL('../../peers/servers/bare-server.ts', import.meta.url));
  closing.defer(() => child.stop());
  const serve: ServerOrder = { order: 'listen', redisUrl: '', ...order };
  const ask = <Answer>(message: FeedOrder): Promise<Answer> => child.ask<Answer>(message);
  await ask({ order: 'connect', url: '', symbols: symbolCount });
  let published = 0;
  return {
    port: await child.ask<number>(serve),
    pid: child.pid,
    async publish(updatesPerSecond, seconds) {
      await ask({ order: 'start', updatesPerSecond });
      await delay(seconds * 1000);
      const made = await ask<number>({ order: 'stop' });
      const now = made - published;
      published = made;
      return now;
    },
  };
}
