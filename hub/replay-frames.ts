import type { Codec, Frame, WireFormat } from '#protocol/codec.ts';
import type { Tick } from '#protocol/tick.ts';
import { updateMessage, updateOf } from './updates.ts';

/**
 * The frames of replayed ticks, encoded once for all who resume them: after a hub's death ten thousand
 * sockets want the same ticks. A frame is kept as long as its tick is in a tail.
 */
export interface ReplayFrames {
  frameOf(tick: Tick, seq: number, codec: Codec): Frame;
}

export function createReplayFrames(): ReplayFrames {
  const frames: Record<WireFormat, WeakMap<Tick, Frame>> = { json: new WeakMap(), msgpack: new WeakMap() };
  return {
    frameOf(tick, seq, codec) {
      const known = frames[codec.format].get(tick);
      if (known !== undefined) return known;
      const encoded = codec.encode(updateMessage(tick.symbol, updateOf(tick, seq)));
      const frame = typeof encoded === 'string' ? encoded : encoded.slice(); // off the encoder's pool
      frames[codec.format].set(tick, frame);
      return frame;
    },
  };
}
