/** Where a tick lies in a group message: its channel, and the live message that the channel would have carried. */
export interface GroupMessagePlace {
  channelAt: number;
  channelEnd: number;
  messageAt: number;
  messageEnd: number;
}

const blank = ' '.charCodeAt(0);

/**
 * Goes through the group message that `bytes` hold from `start` to `end`, as `publish.lua` makes them.
 * @param tick called for each tick; `place` is valid during the call only
 * @returns false when the rest is no group message; what came before it was read
 */
export function readGroupMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  tick: (place: Readonly<GroupMessagePlace>) => void,
): boolean {
  const place: GroupMessagePlace = { channelAt: 0, channelEnd: 0, messageAt: 0, messageEnd: 0 };
  let at = start;
  while (at < end) {
    const payloadBytes = 256 * (bytes[at] ?? 0) + (bytes[at + 1] ?? 0);
    place.channelAt = at + 2;
    place.channelEnd = blankFrom(bytes, place.channelAt, end);
    place.messageAt = place.channelEnd + 1;
    at = blankFrom(bytes, place.messageAt, end) + 1 + payloadBytes;
    if (at > end) return false;
    place.messageEnd = at;
    tick(place);
  }
  return true;
}

/** Index of the next blank; `end` when there is none. */
function blankFrom(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== blank) at++;
  return at;
}
