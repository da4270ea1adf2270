import type { Session } from '#hub/session/session.ts';
import type { SymbolTail } from '#hub/symbols/symbol-feed.ts';
import type { FrequencyClassMs } from '#protocol/frequency.ts';
import { Lane, type LaneDeps } from './delivery-group.ts';
import type { FlushQueue } from './flush-queue.ts';
import { sharedSlotOf } from './flusher.ts';
import type { Held } from './held.ts';
import { slotOf } from './restriction.ts';

/** Puts sockets on lanes and takes them off; a lane exists while it has members. */
export interface Lanes {
  /**
   * The session holds everything up to the tail's newest tick and goes on live; a restricted one may hold less, and gets
   * that when its window ends. Undefined while the lane has frames waiting that the session must not get.
   * @param held what it holds; left out: everything
   */
  join(session: Session, tail: SymbolTail, classMs: FrequencyClassMs, held?: Held): Lane | undefined;
  /** Returns what the session holds. */
  leave(session: Session, lane: Lane): Held;
}

export function createLanes(deps: LaneDeps): Lanes {
  return {
    join(session, tail, classMs, held) {
      const { restriction, number } = session;
      const isRestricted = restriction !== undefined;
      const phase = isRestricted ? slotOf(restriction, classMs) : sharedSlotOf(classMs, number);
      const lane =
        findLane(tail, classMs, phase, isRestricted) ??
        addLane(new Lane(tail, { classMs, phase, isRestricted }, deps), deps.queue);
      return lane.join(session, held) ? lane : undefined;
    },
    leave(session, lane) {
      const held = lane.leave(session);
      if (lane.empty) removeLane(lane, deps.queue);
      return held;
    },
  };
}

function findLane(tail: SymbolTail, classMs: number, phase: number, isRestricted: boolean): Lane | undefined {
  return tail.lanes.find(
    (lane) => lane.classMs === classMs && lane.phase === phase && lane.isRestricted === isRestricted,
  );
}

function addLane(lane: Lane, queue: FlushQueue): Lane {
  const { tail } = lane;
  tail.lanes = [...tail.lanes, lane];
  if (lane.asks) tail.asking = [...tail.asking, lane];
  else queue.attend(lane);
  return lane;
}

function removeLane(lane: Lane, queue: FlushQueue): void {
  const { tail } = lane;
  tail.lanes = tail.lanes.filter((other) => other !== lane);
  if (lane.asks) tail.asking = tail.asking.filter((other) => other !== lane);
  else queue.dismiss(lane);
}
