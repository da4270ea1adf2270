import { symbolOf } from '#fanout/fixtures.ts';
import type { Fanout } from '#fanout/ports.ts';
import { until } from '../redis/until.ts';

/** The symbols in the order in which a steady simulated venue goes through them: that of their trade ids. */
export async function venueOrder(fanout: Fanout, names: readonly string[]): Promise<string[]> {
  const ids = new Map<string, bigint>();
  for (const name of names)
    await until(`${name} has an update`, async () => {
      const [first] = (await fanout.history.after(symbolOf(name), { epoch: 0, seq: 0 }, 1)).values();
      if (first?.tick.tradeId === undefined) return false;
      ids.set(name, BigInt(first.tick.tradeId));
      return true;
    });
  return names.toSorted((a, b) => ((ids.get(a) ?? 0n) < (ids.get(b) ?? 0n) ? -1 : 1));
}
