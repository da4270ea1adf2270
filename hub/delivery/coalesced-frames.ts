import type { WireFormat } from '#protocol/codec.ts';
import { createUpdateJoiner, partIn, type UpdateJoiner } from '#protocol/update-parts.ts';
import type { DirectGroup } from './flush-queue.ts';
import { type GroupMember, nothingCoalesced } from './group-member.ts';

/**
 * Sends the next update of each of `groups` to their sockets, and returns how many were sent. What several of
 * the groups have for a socket goes into one frame: in a frequency class all symbols of a socket flush together.
 * Nothing is allocated for a socket or an update: the updates of a socket are a chain of numbers that begins at
 * the member (a map of lists took 4.6 of 19 µs per update of the conflated headline slice).
 */
export type SendCoalesced = (groups: readonly DirectGroup[]) => number;

const firstRoom = 1024;

/** A frame fits into uWebSockets' cork buffer of 16 KB. */
const messageBytesMax = 12_288;

export function createCoalescedFrames(): SendCoalesced {
  const joiners: Record<WireFormat, UpdateJoiner> = {
    json: createUpdateJoiner('json', messageBytesMax),
    msgpack: createUpdateJoiner('msgpack', messageBytesMax),
  };
  /** For each update to be sent: whose it is, by its number in `groups`, and which is the next for its socket. */
  let groupOf = new Int32Array(firstRoom);
  let nextOf = new Int32Array(firstRoom);
  /** Those that get something. */
  const members: GroupMember[] = [];

  const grow = (): void => {
    groupOf = doubled(groupOf);
    nextOf = doubled(nextOf);
  };

  /** Chains the updates of each socket, and returns how many there are. From the end: each chain is in order. */
  const chain = (groups: readonly DirectGroup[]): number => {
    let count = 0;
    for (let i = groups.length - 1; i >= 0; i--) {
      for (const member of groups[i]?.direct ?? []) {
        if (count === groupOf.length) grow();
        if (member.coalescedFrom === nothingCoalesced) members.push(member);
        groupOf[count] = i;
        nextOf[count] = member.coalescedFrom;
        member.coalescedFrom = count++;
      }
    }
    return count;
  };

  const sendJoined = (member: GroupMember, groups: readonly DirectGroup[], first: number): void => {
    const joiner = joiners[member.format];
    for (let update = first; update !== nothingCoalesced; update = nextOf[update] ?? nothingCoalesced) {
      const group = groups[groupOf[update] ?? 0];
      if (group === undefined) continue;
      const part = partIn(member.format, group.nextFor(member));
      if (joiner.add(part)) continue;
      member.sendUnlessOverflowed(joiner.take());
      if (!joiner.add(part)) throw new Error(`an update of ${part.length} bytes fits no message`);
    }
    member.sendUnlessOverflowed(joiner.take());
  };

  return (groups) => {
    const updates = chain(groups);
    for (let member = members.pop(); member !== undefined; member = members.pop()) {
      const first = member.coalescedFrom;
      member.coalescedFrom = nothingCoalesced;
      const group = groups[groupOf[first] ?? 0];
      if (nextOf[first] !== nothingCoalesced) sendJoined(member, groups, first);
      else if (group !== undefined) member.sendUnlessOverflowed(group.nextFor(member));
    }
    for (const group of groups) group.sentNext();
    return updates;
  };
}

function doubled(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * numbers.length);
  more.set(numbers);
  return more;
}
