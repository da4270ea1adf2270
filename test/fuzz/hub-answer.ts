import { codecs, type WireFormat } from '#protocol/codec.ts';
import { readMsgpack } from '#protocol/golden/read-msgpack.ts';
import { parseHubMessage } from '#protocol/hub-message.ts';
import type { HubMessage } from '#protocol/messages.ts';

/**
 * The message in a frame of the hub's, read by the standards alone and strictly: text is UTF-8 and holds no half of a
 * surrogate pair, which many readers refuse.
 * @throws Error for whatever the contract does not allow a hub to send
 */
export function readAnswer(format: WireFormat, bytes: Uint8Array, binary: boolean): HubMessage {
  if (binary !== codecs[format].binary)
    throw new Error(`a frame is ${binary ? 'binary' : 'text'} in ${format}`);
  const value = format === 'json' ? readJson(bytes) : readMsgpack(bytes);
  requireWholeText(value);
  const message = parseHubMessage(value);
  if (message === undefined) throw new Error('a message is none of the contract');
  return message;
}

function readJson(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
}

function requireWholeText(value: unknown): void {
  if (typeof value === 'string' && !isWellFormed(value)) throw new Error('a text holds half a character');
  if (typeof value !== 'object' || value === null) return;
  for (const [name, item] of Object.entries(value)) {
    requireWholeText(name);
    requireWholeText(item);
  }
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
