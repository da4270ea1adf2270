import { isShallowJson } from './depth.ts';
import type { ClientMessage, HubMessage } from './messages.ts';
import { type Decoded, decodeMsgpack, encodeMsgpack } from './msgpack.ts';
import type { Conflation } from './price-update.ts';
import type { ToldTick } from './tick.ts';
import { jsonUpdate } from './update-json.ts';
import { msgpackUpdate } from './update-msgpack.ts';

/** How a connection's messages are written; the client chooses by subprotocol. */
export type WireFormat = 'json' | 'msgpack';

/**
 * The bytes of a frame that a hub sends. Never a string: which bytes become of one is up to whoever sends it, and a
 * uWebSockets.js for Node 22 or later makes Latin-1 of text like `é`, which ends every client's connection.
 */
export type Frame = Uint8Array;

/** What a client hands to its WebSocket, which sends a string as a text frame and bytes as a binary one. */
export type ClientFrame = string | Uint8Array;

/** Reads and writes the frames of one wire format. */
export interface Codec {
  readonly format: WireFormat;
  /** Name in `Sec-WebSocket-Protocol`. */
  readonly subprotocol: string;
  readonly binary: boolean;
  encode(message: HubMessage | ClientMessage): Frame;
  /** The same for the WebSocket of a client: text for JSON, binary for MessagePack. */
  encodeForClient(message: ClientMessage): ClientFrame;
  /**
   * The `price_update` that tells one tick, numbered `seq`, and all that `conflation` says it stands for:
   * what `encode` makes of it, many times faster. The bytes are good until the next call.
   */
  encodeUpdate(tick: ToldTick, seq: number, conflation?: Conflation): Frame;
  /**
   * The value in a received frame, nested at most `depthMax` deep; not ok for bytes that are no such
   * value. Does not throw. Keys are the sender's own: look them up with `Object.hasOwn`.
   */
  decode(bytes: Uint8Array): Decoded;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

const json: Codec = {
  format: 'json',
  subprotocol: 'tickwire.json.v1',
  binary: false,
  encode: (message) => encoder.encode(JSON.stringify(message)),
  encodeForClient: (message) => JSON.stringify(message),
  encodeUpdate: jsonUpdate,
  decode: (bytes) => decodeJson(bytes),
};

const msgpack: Codec = {
  format: 'msgpack',
  subprotocol: 'tickwire.msgpack.v1',
  binary: true,
  encode: (message) => encodeMsgpack(message),
  encodeForClient: (message) => encodeMsgpack(message),
  encodeUpdate: msgpackUpdate,
  decode: (bytes) => decodeMsgpack(bytes),
};

/** The codec of each wire format. */
export const codecs: Readonly<Record<WireFormat, Codec>> = { json, msgpack };

/** What begins the entry of `Sec-WebSocket-Protocol` that carries a token: browsers can set no header. */
export const tokenEntryPrefix = 'tickwire.token.';

/** What a hub makes of the subprotocols that a client offers. */
export interface Negotiated {
  readonly codec: Codec;
  /** To be echoed; empty when the client offered no wire format. Never the entry with the token. */
  readonly subprotocol: string;
}

/**
 * For what a client offers in `Sec-WebSocket-Protocol` (names with commas, one of them may carry a token): its
 * first wire format that we speak; JSON when it offers none; undefined when we speak none of its offers.
 */
export function negotiateCodec(offered: string): Negotiated | undefined {
  const names = offered.trim() === '' ? [] : offered.split(',').map((name) => name.trim());
  const formats = names.filter((name) => !name.startsWith(tokenEntryPrefix));
  if (formats.length === 0) return { codec: json, subprotocol: '' };
  for (const subprotocol of formats) {
    const codec = Object.values(codecs).find((candidate) => candidate.subprotocol === subprotocol);
    if (codec !== undefined) return { codec, subprotocol };
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
