import type { WireFormat } from '#protocol/codec.ts';
import { createUpdateJoiner, partIn, type UpdateJoiner } from '#protocol/update-parts.ts';
import type { DirectLane } from './flush-queue.ts';
import type { Session } from './session.ts';

/**
 * Sends the next update of each of `lanes` to their sockets, and returns how many were sent. What several of
 * the lanes have for a socket goes into one frame: in a frequency class all symbols of a socket flush together.
 */
export type SendParcels = (lanes: readonly DirectLane[]) => number;

/** A frame fits into uWebSockets' cork buffer of 16 KB. */
const messageBytesMax = 12_288;

export function createParcels(): SendParcels {
  const joiners: Record<WireFormat, UpdateJoiner> = {
    json: createUpdateJoiner('json', messageBytesMax),
    msgpack: createUpdateJoiner('msgpack', messageBytesMax),
  };

  const sendJoined = (session: Session, lanes: readonly DirectLane[]): void => {
    const joiner = joiners[session.format];
    for (const lane of lanes) {
      const part = partIn(session.format, lane.nextFor(session));
      if (joiner.add(part)) continue;
      session.sendUnlessFallen(joiner.take());
      if (!joiner.add(part)) throw new Error(`an update of ${part.length} bytes fits no message`);
    }
    session.sendUnlessFallen(joiner.take());
  };

  return (lanes) => {
    let updates = 0;
    for (const [session, parcel] of parcelsOf(lanes)) {
      const [first] = parcel;
      if (parcel.length === 1 && first !== undefined) session.sendUnlessFallen(first.nextFor(session));
      else sendJoined(session, parcel);
      updates += parcel.length;
    }
    for (const lane of lanes) lane.sentNext();
    return updates;
  };
}

function parcelsOf(lanes: readonly DirectLane[]): Map<Session, DirectLane[]> {
  const parcels = new Map<Session, DirectLane[]>();
  for (const lane of lanes)
    for (const session of lane.direct ?? []) {
      const parcel = parcels.get(session);
      if (parcel === undefined) parcels.set(session, [lane]);
      else parcel.push(lane);
    }
  return parcels;
}
