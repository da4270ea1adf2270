import { codecs, type Frame, type WireFormat } from './codec.ts';

/*
 * A `price_update` may tell several symbols. Here such a message is put together from parts that are
 * encoded already: copying a part costs some 0.05 µs, encoding its update 2 µs.
 */

/** Builds one message after the other, in a buffer of its own. */
export interface UpdateJoiner {
  /** Parts in the message so far. */
  readonly count: number;
  /** False when the message has no room for `part`; it is then to be taken first. */
  add(part: Uint8Array): boolean;
  /** The message; its bytes are good until the next `add`. Begins a new one. */
  take(): Uint8Array;
}

const encoder = new TextEncoder();
/** What stands before and behind the parts of a JSON message. */
const jsonHead = encoder.encode('{"type":"price_update","data":{');
const jsonEnd = encoder.encode('}}');
const comma = ','.charCodeAt(0);
/** What stands before the header of the map of a MessagePack message; the encoder ends it with that of an empty map. */
const msgpackHead = codecs.msgpack.encode({ type: 'price_update', data: {} }).slice(0, -1);
/** The longest header of a map that is used here: 0xde and two bytes. */
const mapHeaderBytes = 3;
const fixmapMax = 15;

/** The symbol and its update, out of the encoded `price_update` message of that symbol alone. */
export function partOf(format: WireFormat, frame: Frame): Uint8Array {
  return partIn(format, frame).slice();
}

/** The same, good only as long as the bytes of `frame` are. */
export function partIn(format: WireFormat, frame: Frame): Uint8Array {
  if (format === 'json') return frame.subarray(jsonHead.length, -jsonEnd.length);
  return frame.subarray(msgpackHead.length + 1);
}

/** @param messageBytesMax room for one message */
export function createUpdateJoiner(format: WireFormat, messageBytesMax: number): UpdateJoiner {
  return format === 'json' ? createJsonJoiner(messageBytesMax) : createMsgpackJoiner(messageBytesMax);
}

function createJsonJoiner(messageBytesMax: number): UpdateJoiner {
  const bytes = new Uint8Array(messageBytesMax);
  bytes.set(jsonHead);
  let count = 0;
  let end = jsonHead.length;
  return {
    get count() {
      return count;
    },
    add(part) {
      if (end + 1 + part.length + jsonEnd.length > bytes.length) return false;
      if (count > 0) bytes[end++] = comma;
      bytes.set(part, end);
      end += part.length;
      count++;
      return true;
    },
    take() {
      bytes.set(jsonEnd, end);
      const message = bytes.subarray(0, end + jsonEnd.length);
      count = 0;
      end = jsonHead.length;
      return message;
    },
  };
}

function createMsgpackJoiner(messageBytesMax: number): UpdateJoiner {
  const bytes = new Uint8Array(messageBytesMax);
  const partsAt = msgpackHead.length + mapHeaderBytes;
  let count = 0;
  let end = partsAt;

  /** Writes head and map header right before the parts; returns where the message begins. */
  const begin = (): number => {
    if (count <= fixmapMax) {
      bytes[partsAt - 1] = 0x80 | count;
      bytes.set(msgpackHead, partsAt - 1 - msgpackHead.length);
      return partsAt - 1 - msgpackHead.length;
    }
    bytes.set(msgpackHead);
    bytes[partsAt - 3] = 0xde;
    bytes[partsAt - 2] = count >> 8;
    bytes[partsAt - 1] = count & 0xff;
    return 0;
  };

  return {
    get count() {
      return count;
    },
    add(part) {
      if (end + part.length > bytes.length) return false;
      bytes.set(part, end);
      end += part.length;
      count++;
      return true;
    },
    take() {
      const message = bytes.subarray(begin(), end);
      count = 0;
      end = partsAt;
      return message;
    },
  };
}
