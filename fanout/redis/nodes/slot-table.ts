import type { Commands } from '#fanout/redis/commands.ts';
import { serverTime } from '#fanout/redis/server-time.ts';

/** A fixed number of keys, each of which holds a text for a time. Redis forgets what nobody renews. */
export interface SlotTable {
  /**
   * The text of each slot, undefined where there is none, and the time by the clock of the server that has them.
   * @throws FanoutError
   */
  read(): Promise<SlotsRead>;
  /**
   * Puts `text` into a slot, whatever was there.
   * @param ttlMs 1 or more
   * @throws FanoutError
   */
  put(slot: number, text: string, ttlMs: number): Promise<void>;
  /** @throws FanoutError */
  clear(slot: number): Promise<void>;
}

/** All slots at one moment, by number; undefined where a slot is empty. */
export interface SlotsRead {
  readonly texts: readonly (string | undefined)[];
  /** Unix ms. */
  readonly now: number;
}

/**
 * Plain commands that can leave nothing behind: a text is written with its expiry or not at all, so a hub's user needs
 * no right to run scripts, nor to set anything for ever.
 * @param keyOf the key of a slot; all of one hash tag
 */
export function createSlotTable(
  commands: Commands,
  keyOf: (slot: number) => string,
  slotsMax: number,
): SlotTable {
  const keys = Array.from({ length: slotsMax }, (_, slot) => keyOf(slot));
  return {
    read: () =>
      commands.run(async (client) => {
        const [texts, now] = await Promise.all([client.mget(keys), serverTime(client, keyOf(0))]);
        return { texts: texts.map((text) => text ?? undefined), now };
      }),
    async put(slot, text, ttlMs) {
      await commands.run((client) => client.psetex(keyOf(slot), ttlMs, text));
    },
    async clear(slot) {
      await commands.run((client) => client.del(keyOf(slot)));
    },
  };
}

/** The slot to look at first for `name`: names that come at once are spread, so that few choose the same. */
export function firstSlotOf(name: string, slotsMax: number): number {
  let hash = 0;
  for (let at = 0; at < name.length; at++) hash = (Math.imul(hash, 31) + name.charCodeAt(at)) >>> 0;
  return hash % slotsMax;
}
