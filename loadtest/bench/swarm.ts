import { type Child, startChild } from './children.ts';
import type { FirstUpdates, SwarmCount, SwarmOrder } from './swarm-worker.ts';

/** Many sockets, spread over worker processes. */
export interface Swarm {
  count(): Promise<SwarmCount>;
  /** Waits until `updates` have arrived, or nothing more does; returns how many did. */
  settle(updates: number): Promise<number>;
  /** How the sockets came to their first updates, of each worker; the workers open theirs at the same time. */
  firstUpdates(): Promise<FirstUpdates[]>;
  stop(): Promise<void>;
}

const settlePauseMs = 50;
/** Silence after which nothing more is awaited: short when it is the only sign, long when updates are missing. */
const silentPolls = 10;
const silentPollsMissing = 80;

/** Connects and subscribes; resolves when every socket is open and the first answers have come. */
export async function startSwarm(order: SwarmOrder, workers: number): Promise<Swarm> {
  const share = Math.ceil(order.symbols.length / workers);
  const children: Child[] = [];
  const opened: Promise<SwarmCount>[] = [];
  for (let start = 0; start < order.symbols.length; start += share) {
    const child = startChild('swarm-worker.ts');
    children.push(child);
    opened.push(child.ask<SwarmCount>({ ...order, symbols: order.symbols.slice(start, start + share) }));
  }
  await Promise.all(opened);

  const count = async (): Promise<SwarmCount> => {
    const counts = await Promise.all(children.map((child) => child.ask<SwarmCount>('count')));
    const sum = (key: keyof SwarmCount): number => counts.reduce((all, one) => all + one[key], 0);
    return { updates: sum('updates'), frames: sum('frames'), bytes: sum('bytes') };
  };

  const settle = async (updates: number): Promise<number> => {
    const silentMax = Number.isFinite(updates) ? silentPollsMissing : silentPolls;
    for (let before = -1, silent = 0; ; ) {
      const { updates: now, frames } = await count();
      silent = frames === before ? silent + 1 : 0;
      if (now >= updates || silent >= silentMax) return now;
      before = frames;
      await new Promise((resume) => setTimeout(resume, settlePauseMs));
    }
  };

  await settle(Number.POSITIVE_INFINITY);
  return {
    count,
    settle,
    firstUpdates: () => Promise.all(children.map((child) => child.ask<FirstUpdates>('first updates'))),
    async stop() {
      await Promise.all(children.map((child) => child.stop()));
    },
  };
}
