import { Packr, Unpackr } from 'msgpackr';
import { isPlainMsgpack } from './msgpack-shape.ts';

// Plain maps only: msgpackr's record extension would be unreadable to any other MessagePack library.
const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

/** The value, or that the bytes are none. */
export type Decoded = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

/** One MessagePack value. The bytes are the caller's own. */
export function encodeMsgpack(value: unknown): Uint8Array {
  return packr.pack(value);
}

/**
 * The one MessagePack value in `bytes`; not ok when it is not there whole, when bytes are left over, or
 * when it is nothing that JSON could say. Text that is no UTF-8 is read with replacement characters.
 */
export function decodeMsgpack(bytes: Uint8Array): Decoded {
  if (!isPlainMsgpack(bytes)) return { ok: false };
  try {
    return { ok: true, value: unpackr.unpack(bytes) };
  } catch {
    return { ok: false }; // what the check let through and msgpackr still refuses: the caller counts it
  }
}
