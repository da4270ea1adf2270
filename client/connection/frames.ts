import type { Codec } from '#protocol/codec.ts';
import { isHubMessageType, parseHubMessage } from '#protocol/hub-message.ts';
import type { HubMessage } from '#protocol/messages.ts';

/** The message in a frame; `unknown_type`: one of a later version of the protocol; `malformed`: none, or not a whole one. */
export function readFrame(codec: Codec, data: unknown): HubMessage | 'unknown_type' | 'malformed' {
  const value = decodeFrame(codec, data);
  return parseHubMessage(value) ?? (isOfLaterVersion(value) ? 'unknown_type' : 'malformed');
}

/** The value in a frame; undefined when there is none. Text goes to `JSON.parse` as it is, without a detour by bytes. */
function decodeFrame(codec: Codec, data: unknown): unknown {
  if (data instanceof ArrayBuffer) {
    const decoded = codec.decode(new Uint8Array(data));
    return decoded.ok ? decoded.value : undefined;
  }
  if (typeof data !== 'string' || codec.binary) return undefined;
  try {
    return JSON.parse(data);
  } catch {
    return undefined; // no JSON: the caller reports it
  }
}

function isOfLaterVersion(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  return typeof value.type === 'string' && !isHubMessageType(value.type);
}
