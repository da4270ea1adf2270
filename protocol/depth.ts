/**
 * Objects and lists of a received message may lie in each other this deep; those of the contract need 3.
 * Deeper values would bring down whoever walks them by recursion, `JSON.stringify` for one.
 */
export const depthMax = 16;

const quote = 0x22;
const backslash = 0x5c;
/** `[` and `{`, `]` and `}` differ in the bit 0x20 alone. */
const opening = 0x7b;
const closing = 0x7d;

/** Whether the JSON text in `bytes` nests at most `depthMax` deep; says nothing of its being valid. */
export function isShallowJson(bytes: Uint8Array): boolean {
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) at = endOfText(bytes, at + 1);
    else if ((byte | 0x20) === opening && ++depth > depthMax) return false;
    else if ((byte | 0x20) === closing) depth--;
  }
  return true;
}

/** Offset of the quote that ends the text whose first byte is at `start`. */
function endOfText(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}
