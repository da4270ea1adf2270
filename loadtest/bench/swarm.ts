import { type Child, startChild } from './children.ts';
import type { SwarmCount, SwarmOrder } from './swarm-worker.ts';

/** Many sockets, spread over worker processes. */
export interface Swarm {
  count(): Promise<SwarmCount>;
  /** Waits until nothing more arrives, or `updates` have; returns how many did. */
  settle(updates: number): Promise<number>;
  stop(): Promise<void>;
}

const settlePauseMs = 200;

/** Connects and subscribes; resolves when every socket is open and the first answers have come. */
export async function startSwarm(order: SwarmOrder, workers: number): Promise<Swarm> {
  const share = Math.ceil(order.symbols.length / workers);
  const children: Child[] = [];
  for (let start = 0; start < order.symbols.length; start += share) {
    const child = startChild('swarm-worker.ts');
    children.push(child);
    await child.ask<SwarmCount>({ ...order, symbols: order.symbols.slice(start, start + share) });
  }

  const count = async (): Promise<SwarmCount> => {
    const counts = await Promise.all(children.map((child) => child.ask<SwarmCount>('count')));
    const sum = (key: keyof SwarmCount): number => counts.reduce((all, one) => all + one[key], 0);
    return { updates: sum('updates'), frames: sum('frames'), bytes: sum('bytes') };
  };

  const settle = async (updates: number): Promise<number> => {
    for (let before = -1; ; ) {
      const { updates: now, frames } = await count();
      if (now >= updates || frames === before) return now;
      before = frames;
      await new Promise((resume) => setTimeout(resume, settlePauseMs));
    }
  };

  await settle(Number.POSITIVE_INFINITY);
  return {
    count,
    settle,
    async stop() {
      await Promise.all(children.map((child) => child.stop()));
    },
  };
}
