import type { CatchUp } from '#hub/session/catch-up.ts';
import type { Session } from '#hub/session/session.ts';
import { createReplayParts } from '#hub/symbols/replay-parts.ts';
import type { WireFormat } from '#protocol/codec.ts';
import { createUpdateJoiner, type UpdateJoiner } from '#protocol/update-parts.ts';

/**
 * Sends what a session missed in rounds: one update of each symbol that is behind, together in as few
 * frames as they need. A frame costs some 1 µs however short it is, an update in it a tenth of that.
 */
export interface ReplayRounds {
  /** Lets go of the encoded parts when nothing was sent since the last call. */
  sweep(): void;
  /** Returns how many updates were sent; 0 = nothing is left for now, or the socket takes no more. */
  send(session: Session): number;
}

/** A frame fits into uWebSockets' cork buffer of 16 KB: it needs no copy of its own. */
const messageBytesMax = 12_288;

/** @param caughtUp called when a symbol has come to its end */
export function createReplayRounds(caughtUp: (session: Session, catchUp: CatchUp) => void): ReplayRounds {
  const parts = createReplayParts();
  const joiners: Record<WireFormat, UpdateJoiner> = {
    json: createUpdateJoiner('json', messageBytesMax),
    msgpack: createUpdateJoiner('msgpack', messageBytesMax),
  };
  /** Whose parts are in the message that is being put together. */
  let joined: CatchUp[] = [];
  /** Something was sent since the last sweep. */
  let used = false;

  /** False when the socket dropped the message. */
  const flush = (session: Session, joiner: UpdateJoiner): boolean => {
    if (joined.length === 0) return true;
    const told = joined;
    joined = [];
    if (!session.sendUpdateFrame(0, joiner.take(), told.length)) return false;
    for (const catchUp of told) catchUp.partSent();
    return true;
  };

  const join = (session: Session, catchUp: CatchUp, part: Uint8Array): boolean => {
    const joiner = joiners[session.format];
    if (!joiner.add(part)) {
      if (!flush(session, joiner)) return false;
      if (!joiner.add(part)) throw new Error(`an update of ${part.length} bytes fits no message`);
    }
    joined.push(catchUp);
    return true;
  };

  return {
    sweep() {
      if (!used) parts.clear();
      used = false;
    },
    send(session) {
      used = true;
      let sent = 0;
      for (const catchUp of session.catchUps ?? []) {
        if (catchUp.caughtUp) {
          caughtUp(session, catchUp);
          continue;
        }
        if (catchUp.waits) continue;
        const part = catchUp.nextPart(session, parts);
        if (part === undefined ? !catchUp.sendNext(session) : !join(session, catchUp, part)) break;
        sent++;
      }
      return flush(session, joiners[session.format]) ? sent : 0;
    },
  };
}
