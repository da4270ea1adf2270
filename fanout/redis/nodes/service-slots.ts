import type { Commands } from '#fanout/redis/commands.ts';
import { serviceSlotKey } from '#fanout/redis/keys.ts';
import { isUnixMs } from '#fanout/redis/server-time.ts';
import { createSlotTable, firstSlotOf } from './slot-table.ts';

/** Bounds how many services there are besides Tickwire's own: each has a slot for as long as an instance of it may live. */
export interface ServiceSlots {
  /**
   * Whether there is room for `service` in the next `ttlMs`; takes it if there is.
   * @throws FanoutError
   */
  claim(service: string, ttlMs: number): Promise<boolean>;
  /** Gives the room back. @throws FanoutError */
  release(service: string): Promise<void>;
}

/** The ids of other services in Redis, at most `servicesMax` of them, in a slot each. */
export function createServiceSlots(commands: Commands, servicesMax: number): ServiceSlots {
  const table = createSlotTable(commands, serviceSlotKey, servicesMax);

  const find = async (service: string) => {
    const { texts, now } = await table.read();
    const slot = texts.findIndex((text) => parse(text)?.service === service);
    return { texts, now, slot };
  };

  return {
    async claim(service, ttlMs) {
      const { texts, now, slot } = await find(service);
      const taken = slot < 0 ? freeSlot(texts, firstSlotOf(service, servicesMax)) : slot;
      if (taken < 0) return false;
      // One of its instances may have a longer lease than this one; none is as long as a day.
      const before = Math.min(now + dayMs, parse(texts[slot])?.endsAt ?? 0);
      const endsAt = Math.max(now + ttlMs, before);
      await table.put(taken, `${endsAt} ${service}`, endsAt - now);
      return true;
    },
    async release(service) {
      const { slot } = await find(service);
      if (slot >= 0) await table.clear(slot);
    },
  };
}

function freeSlot(texts: readonly (string | undefined)[], first: number): number {
  const free = texts.findIndex((text, slot) => parse(text) === undefined && slot >= first);
  return free >= 0 ? free : texts.findIndex((text) => parse(text) === undefined);
}

const dayMs = 86_400_000;

/** Undefined: nothing is there, or it names no service. */
function parse(text = ''): { readonly endsAt: number; readonly service: string } | undefined {
  const [, ends, service = ''] = /^(\d{1,16}) ([a-z0-9-]{1,63})$/.exec(text) ?? [];
  const endsAt = Number(ends);
  return isUnixMs(endsAt) ? { endsAt, service } : undefined;
}
