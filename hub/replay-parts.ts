import type { Codec, WireFormat } from '#protocol/codec.ts';
import type { Tick } from '#protocol/tick.ts';
import { partOf } from '#protocol/update-parts.ts';

/**
 * Replayed ticks as parts of messages, encoded once for all who resume them: after a hub's death ten
 * thousand sockets want the same ticks. A part is kept as long as its tick is in a tail.
 */
export interface ReplayParts {
  /** The bytes must not be changed. */
  partOf(tick: Tick, seq: number, codec: Codec): Uint8Array;
}

export function createReplayParts(): ReplayParts {
  const parts: Record<WireFormat, WeakMap<Tick, Uint8Array>> = {
    json: new WeakMap(),
    msgpack: new WeakMap(),
  };
  return {
    partOf(tick, seq, codec) {
      const known = parts[codec.format].get(tick);
      if (known !== undefined) return known;
      const part = partOf(codec.format, codec.encodeUpdate(tick, seq));
      parts[codec.format].set(tick, part);
      return part;
    },
  };
}
