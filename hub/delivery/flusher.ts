import { frequencyClassesMs } from '#protocol/frequency.ts';
import { createParcels } from './coalesced-frames.ts';
import type { FlushQueue, QueuedLane } from './flush-queue.ts';

/** Phases per frequency class at the most, and the shortest time between two of them. */
const phasesMax = 50;
const phaseMinMs = 50;

/** Each class is divided into slots of so long: the moments in which something of it may be published. */
export const slotMs = phaseMinMs;

/** The slots of a class; a phase is one of them. */
export function slotsOf(classMs: number): number {
  return Math.max(1, Math.floor(classMs / slotMs));
}

/** The slot of the phase that a socket belongs to which may have any. @param number of its session */
export function sharedSlotOf(classMs: number, number: number): number {
  const phases = phasesOf(classMs);
  return (number % phases) * (slotsOf(classMs) / phases);
}

/**
 * The number of phases of a class. A socket belongs to one phase, so that all of its symbols flush in
 * the same turn and share one write to the socket; the phases spread the writes over the class's time.
 */
export function phasesOf(classMs: number): number {
  return classMs === 0 ? 1 : Math.max(1, Math.min(phasesMax, Math.floor(classMs / phaseMinMs)));
}

interface Wheel {
  readonly queues: QueuedLane[][];
  /** Lanes that are looked at whenever their phase comes round. */
  readonly attended: Set<QueuedLane>[];
  /** The phase flushed last, counted from time 0. */
  turned: number;
}

/**
 * Decides when lanes publish. Lanes of every update are due when the flush window is over
 * (`flush-clock.ts`), those of a frequency class when their phase comes round.
 *
 * What is published together is one generation. uWebSockets gathers up to 32 frames for a socket, sends
 * them in order and drops the rest of the gathering at the first that does not fit; the next gathering may
 * fit again. So in a generation with more than 32 frames a lane publishes one at most: a frame of a lane is
 * then never sent after an earlier one of that lane was dropped. Whoever was dropped from is taken off its
 * lanes before the next generation.
 */
export interface Flusher extends FlushQueue {
  /** Publishes what waits on the lanes of every update. */
  flush(): void;
  /**
   * One turn of the hub: publishes the phases that have come round at `now`, ms of a clock that never goes back and is
   * near the wall clock, so that a user's windows end together at all hubs; then replays go on.
   */
  turn(now: number): void;
}

export interface FlusherDeps {
  /** Called when the first lane waits for `flush`. */
  readonly wanted: () => void;
  /** Calls back once uWebSockets has handed over what was published up to now; `setImmediate`. */
  readonly whenSettled: (settled: () => void) => void;
  /** Called before each generation: sockets that frames were dropped for leave their lanes. */
  readonly settle: () => void;
  /** Called once a turn: when everything that was due is published, or the next turn has come. */
  readonly flushed: () => void;
}

/** What uWebSockets gathers for a socket before it sends (`messageIndices` of its TopicTree). */
const gatheredFramesMax = 32;

/** Updates sent directly in a generation after which no further round begins: at most some 10 ms. */
const directUpdatesMax = 1000;

export function createFlusher(deps: FlusherDeps, now: number): Flusher {
  let generation = 0;
  let unsettled = false;
  let everyUpdate: QueuedLane[] = [];
  /**
   * Lanes with frames to publish, each of them once. A list, begun anew in each generation: a set that fills and
   * empties as often leaves its tables to the garbage collector, which took a fifth of the hub's CPU for them.
   */
  let due: QueuedLane[] = [];
  /** Replays wait for the end of this turn, or even since the turn before. */
  let replays: 'done' | 'due' | 'overdue' = 'done';
  const sendParcels = createParcels();
  const wheels = new Map<number, Wheel>();
  for (const classMs of frequencyClassesMs) if (classMs !== 0) wheels.set(classMs, createWheel(classMs, now));

  const awaitFlush = (lane: QueuedLane): void => {
    if (everyUpdate.push(lane) === 1) deps.wanted();
  };

  const becomesDue = (lane: QueuedLane): void => {
    if (lane.due) return;
    if (lane.pending === 0) {
      lane.dequeued();
      return;
    }
    lane.due = true;
    due.push(lane);
  };

  /** What a lane has left after its part of a generation is due in the next one. */
  const goesOn = (lane: QueuedLane): void => {
    if (lane.pending > 0) {
      due.push(lane);
      return;
    }
    lane.due = false;
    lane.dequeued();
  };

  /**
   * An update of each lane, and then the next, until so much was sent that others should have their turn. A
   * socket takes or refuses at once what is sent to it alone, so that more than one of a lane is no danger.
   */
  const publishDirect = (lanes: QueuedLane[]): number => {
    let updates = 0;
    let sending = lanes;
    while (sending.length > 0 && updates < directUpdatesMax) {
      updates += sendParcels(sending);
      sending = sending.filter((lane) => {
        if (lane.pending > 0 && lane.direct !== undefined) return true;
        goesOn(lane);
        return false;
      });
    }
    for (const lane of sending) due.push(lane);
    return updates;
  };

  /** One frame of each lane, or several where all together are few enough. Returns how many. */
  const publishDue = (): number => {
    const lanes = due;
    due = [];
    let extra = gatheredFramesMax - lanes.length;
    const direct: QueuedLane[] = [];
    let frames = 0;
    for (const lane of lanes) {
      if (lane.pending === 0) {
        goesOn(lane);
        continue;
      }
      if (lane.direct !== undefined) {
        direct.push(lane);
        continue;
      }
      lane.publishNext();
      frames++;
      for (; extra > 0 && lane.pending > 0; extra--, frames++) lane.publishNext();
      goesOn(lane);
    }
    return frames + publishDirect(direct);
  };

  const publishGeneration = (): void => {
    deps.settle();
    generation++;
    const frames = publishDue();
    if (replays === 'overdue' || (replays === 'due' && due.length === 0)) {
      replays = 'done';
      deps.flushed();
    }
    if (frames === 0) return;
    unsettled = true;
    deps.whenSettled(() => {
      unsettled = false;
      if (due.length > 0) publishGeneration();
    });
  };

  return {
    get generation() {
      return generation;
    },
    enqueue(lane) {
      if (lane.classMs === 0) awaitFlush(lane);
      else wheels.get(lane.classMs)?.queues[lane.phase]?.push(lane);
    },
    attend: (lane) => wheels.get(lane.classMs)?.attended[lane.phase]?.add(lane),
    dismiss: (lane) => wheels.get(lane.classMs)?.attended[lane.phase]?.delete(lane),
    enqueueNow: awaitFlush,
    flush() {
      const waiting = everyUpdate;
      everyUpdate = [];
      for (const lane of waiting) becomesDue(lane);
      if (!unsettled) publishGeneration();
    },
    turn(now) {
      for (const wheel of wheels.values()) turnWheel(wheel, now, becomesDue);
      replays = replays === 'done' ? 'due' : 'overdue';
      if (!unsettled) publishGeneration();
    },
  };
}

function createWheel(classMs: number, now: number): Wheel {
  const slots = slotsOf(classMs);
  const queues = Array.from({ length: slots }, (): QueuedLane[] => []);
  const attended = Array.from({ length: slots }, () => new Set<QueuedLane>());
  return { queues, attended, turned: Math.floor(now / slotMs) };
}

/** Takes out every phase that came round since the last turn; each at most once, however long that was. */
function turnWheel(wheel: Wheel, now: number, becomesDue: (lane: QueuedLane) => void): void {
  const phases = wheel.queues.length;
  const reached = Math.floor(now / slotMs);
  for (let turn = Math.max(wheel.turned + 1, reached - phases + 1); turn <= reached; turn++) {
    for (const lane of wheel.attended[turn % phases] ?? []) if (lane.pending > 0) becomesDue(lane);
    const due = wheel.queues[turn % phases] ?? [];
    if (due.length === 0) continue;
    wheel.queues[turn % phases] = [];
    for (const lane of due) becomesDue(lane);
  }
  wheel.turned = reached;
}
