/** Half of a surrogate pair. UTF-8 can not say it, and many readers refuse a JSON text that escapes it. */
const half = /\p{Surrogate}/gu;

/** Whether `text` has no half of a surrogate pair, so that every wire format and reader can have it. */
export function isWholeText(text: string): boolean {
  return text.search(half) < 0;
}

/** `text`, cut to `lengthMax` UTF-16 units; a half of a surrogate pair, also one made by the cut, becomes U+FFFD. */
export function wholeText(text: string, lengthMax: number): string {
  return text.slice(0, lengthMax).replace(half, '\ufffd');
}
