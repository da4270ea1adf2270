import { isShallowJson } from './depth.ts';
import type { ClientMessage, HubMessage } from './messages.ts';
import { type Decoded, decodeMsgpack, encodeMsgpack } from './msgpack.ts';
import type { Conflation } from './price-update.ts';
import type { Tick } from './tick.ts';
import { jsonUpdate } from './update-json.ts';
import { msgpackUpdate } from './update-msgpack.ts';

export type WireFormat = 'json' | 'msgpack';

/** A frame as it goes into a WebSocket: text for JSON, binary for MessagePack. */
export type Frame = string | Uint8Array;

/** Reads and writes the frames of one wire format. */
export interface Codec {
  readonly format: WireFormat;
  /** Name in `Sec-WebSocket-Protocol`. */
  readonly subprotocol: string;
  readonly binary: boolean;
  encode(message: HubMessage | ClientMessage): Frame;
  /**
   * The `price_update` that tells one tick, numbered `seq`, and all that `conflation` says it stands for:
   * what `encode` makes of it, many times faster. Bytes are good until the next call.
   */
  encodeUpdate(tick: Tick, seq: number, conflation?: Conflation): Frame;
  /**
   * The value in a received frame, nested at most `depthMax` deep; not ok for bytes that are no such
   * value. Does not throw. Keys are the sender's own: look them up with `Object.hasOwn`.
   */
  decode(bytes: Uint8Array): Decoded;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

const json: Codec = {
  format: 'json',
  subprotocol: 'tickwire.json.v1',
  binary: false,
  encode: (message) => JSON.stringify(message),
  encodeUpdate: jsonUpdate,
  decode: (bytes) => decodeJson(bytes),
};

const msgpack: Codec = {
  format: 'msgpack',
  subprotocol: 'tickwire.msgpack.v1',
  binary: true,
  encode: (message) => encodeMsgpack(message),
  encodeUpdate: msgpackUpdate,
  decode: (bytes) => decodeMsgpack(bytes),
};

export const codecs: Readonly<Record<WireFormat, Codec>> = { json, msgpack };

/**
 * The codec for what a client offers in `Sec-WebSocket-Protocol` (names with commas): its first
 * that we speak; JSON when it offers nothing; undefined when we speak none of its offers.
 */
export function negotiateCodec(offered: string): Codec | undefined {
  if (offered.trim() === '') return json;
  for (const name of offered.split(',')) {
    const codec = Object.values(codecs).find((candidate) => candidate.subprotocol === name.trim());
    if (codec !== undefined) return codec;
  }
  return undefined;
}

function decodeJson(bytes: Uint8Array): Decoded {
  if (!isShallowJson(bytes)) return { ok: false };
  try {
    return { ok: true, value: JSON.parse(utf8.decode(bytes)) };
  } catch {
    return { ok: false }; // hostile or cut off: expected at this edge, the caller counts it
  }
}
