import { noParcel, type Session } from '#hub/session/session.ts';
import type { WireFormat } from '#protocol/codec.ts';
import { createUpdateJoiner, partIn, type UpdateJoiner } from '#protocol/update-parts.ts';
import type { DirectLane } from './flush-queue.ts';

/**
 * Sends the next update of each of `lanes` to their sockets, and returns how many were sent. What several of
 * the lanes have for a socket goes into one frame: in a frequency class all symbols of a socket flush together.
 * Nothing is allocated for a socket or an update: the updates of a socket are a chain of numbers that begins at
 * the session (a map of lists took 4.6 of 19 µs per update of the conflated headline slice).
 */
export type SendParcels = (lanes: readonly DirectLane[]) => number;

const firstRoom = 1024;

/** A frame fits into uWebSockets' cork buffer of 16 KB. */
const messageBytesMax = 12_288;

export function createParcels(): SendParcels {
  const joiners: Record<WireFormat, UpdateJoiner> = {
    json: createUpdateJoiner('json', messageBytesMax),
    msgpack: createUpdateJoiner('msgpack', messageBytesMax),
  };
  /** For each update to be sent: whose it is, by its number in `lanes`, and which is the next for its socket. */
  let laneOf = new Int32Array(firstRoom);
  let nextOf = new Int32Array(firstRoom);
  /** Those that get something. */
  const sessions: Session[] = [];

  const grow = (): void => {
    laneOf = doubled(laneOf);
    nextOf = doubled(nextOf);
  };

  /** Chains the updates of each socket, and returns how many there are. From the end: each chain is in order. */
  const chain = (lanes: readonly DirectLane[]): number => {
    let count = 0;
    for (let i = lanes.length - 1; i >= 0; i--) {
      for (const session of lanes[i]?.direct ?? []) {
        if (count === laneOf.length) grow();
        if (session.parcel === noParcel) sessions.push(session);
        laneOf[count] = i;
        nextOf[count] = session.parcel;
        session.parcel = count++;
      }
    }
    return count;
  };

  const sendJoined = (session: Session, lanes: readonly DirectLane[], first: number): void => {
    const joiner = joiners[session.format];
    for (let update = first; update !== noParcel; update = nextOf[update] ?? noParcel) {
      const lane = lanes[laneOf[update] ?? 0];
      if (lane === undefined) continue;
      const part = partIn(session.format, lane.nextFor(session));
      if (joiner.add(part)) continue;
      session.sendUnlessFallen(joiner.take());
      if (!joiner.add(part)) throw new Error(`an update of ${part.length} bytes fits no message`);
    }
    session.sendUnlessFallen(joiner.take());
  };

  return (lanes) => {
    const updates = chain(lanes);
    for (let session = sessions.pop(); session !== undefined; session = sessions.pop()) {
      const first = session.parcel;
      session.parcel = noParcel;
      const lane = lanes[laneOf[first] ?? 0];
      if (nextOf[first] !== noParcel) sendJoined(session, lanes, first);
      else if (lane !== undefined) session.sendUnlessFallen(lane.nextFor(session));
    }
    for (const lane of lanes) lane.sentNext();
    return updates;
  };
}

function doubled(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * numbers.length);
  more.set(numbers);
  return more;
}
