import { frequencyClassesMs } from '#protocol/frequency.ts';
import { createCoalescedFrames } from './coalesced-frames.ts';
import type { FlushQueue, QueuedGroup } from './flush-queue.ts';
import { slotMs, slotsOf } from './phases.ts';

interface Wheel {
  readonly queues: QueuedGroup[][];
  /** Groups that are looked at whenever their phase comes round. */
  readonly attended: Set<QueuedGroup>[];
  /** The phase flushed last, counted from time 0. */
  turned: number;
}

export interface FlusherDeps {
  /** Called when the first group waits for `flush`. */
  readonly wanted: () => void;
  /** Calls back once uWebSockets has handed over what was published up to now; `setImmediate`. */
  readonly whenSettled: (settled: () => void) => void;
  /** Called before each flush round: sockets that frames were dropped for leave their groups. */
  readonly settle: () => void;
  /** Called once a turn: when everything that was due is published, or the next turn has come. */
  readonly flushed: () => void;
}

/** What uWebSockets gathers for a socket before it sends (`messageIndices` of its TopicTree). */
const gatheredFramesMax = 32;

/** Updates sent directly in a flush round after which no further round begins: at most some 10 ms. */
const directUpdatesMax = 1000;

/**
 * Decides when groups publish. Groups of every update are due when the flush window is over
 * (`flush-clock.ts`), those of a frequency class when their phase comes round.
 *
 * What is published together is one flush round. uWebSockets gathers up to 32 frames for a socket, sends
 * them in order and drops the rest of the gathering at the first that does not fit; the next gathering may
 * fit again. So in a flush round with more than 32 frames a group publishes one at most: a frame of a group is
 * then never sent after an earlier one of that group was dropped. Whoever was dropped from is taken off its
 * groups before the next flush round.
 */
export class Flusher implements FlushQueue {
  readonly #deps: FlusherDeps;
  #flushRound = 0;
  #unsettled = false;
  #everyUpdate: QueuedGroup[] = [];
  /**
   * Groups with frames to publish, each of them once. A list, begun anew in each flush round: a set that fills and
   * empties as often leaves its tables to the garbage collector, which took a fifth of the hub's CPU for them.
   */
  #due: QueuedGroup[] = [];
  /** Replays wait for the end of this turn, or even since the turn before. */
  #replays: 'done' | 'due' | 'overdue' = 'done';
  readonly #sendCoalesced = createCoalescedFrames();
  readonly #wheels = new Map<number, Wheel>();

  constructor(deps: FlusherDeps, now: number) {
    this.#deps = deps;
    for (const classMs of frequencyClassesMs)
      if (classMs !== 0) this.#wheels.set(classMs, createWheel(classMs, now));
  }

  get flushRound(): number {
    return this.#flushRound;
  }

  enqueue(group: QueuedGroup): void {
    if (group.classMs === 0) this.#awaitFlush(group);
    else this.#wheels.get(group.classMs)?.queues[group.phase]?.push(group);
  }

  attend(group: QueuedGroup): void {
    this.#wheels.get(group.classMs)?.attended[group.phase]?.add(group);
  }

  dismiss(group: QueuedGroup): void {
    this.#wheels.get(group.classMs)?.attended[group.phase]?.delete(group);
  }

  enqueueNow(group: QueuedGroup): void {
    this.#awaitFlush(group);
  }

  /** Publishes what waits on the groups of every update. */
  flush(): void {
    const waiting = this.#everyUpdate;
    this.#everyUpdate = [];
    for (const group of waiting) this.#becomesDue(group);
    if (!this.#unsettled) this.#publishFlushRound();
  }

  /**
   * One turn of the hub: publishes the phases that have come round at `now`, ms of a clock that never goes back and is
   * near the wall clock, so that a user's windows end together at all hubs; then replays go on.
   */
  turn(now: number): void {
    for (const wheel of this.#wheels.values()) turnWheel(wheel, now, this.#becomesDue);
    this.#replays = this.#replays === 'done' ? 'due' : 'overdue';
    if (!this.#unsettled) this.#publishFlushRound();
  }

  #awaitFlush(group: QueuedGroup): void {
    if (this.#everyUpdate.push(group) === 1) this.#deps.wanted();
  }

  readonly #becomesDue = (group: QueuedGroup): void => {
    if (group.due) return;
    if (group.pending === 0) {
      group.dequeued();
      return;
    }
    group.due = true;
    this.#due.push(group);
  };

  /** What a group has left after its part of a flush round is due in the next one. */
  #goesOn(group: QueuedGroup): void {
    if (group.pending > 0) {
      this.#due.push(group);
      return;
    }
    group.due = false;
    group.dequeued();
  }

  /**
   * An update of each group, and then the next, until so much was sent that others should have their turn. A
   * socket takes or refuses at once what is sent to it alone, so that more than one of a group is no danger.
   */
  #publishDirect(groups: QueuedGroup[]): number {
    let updates = 0;
    let sending = groups;
    while (sending.length > 0 && updates < directUpdatesMax) {
      updates += this.#sendCoalesced(sending);
      sending = sending.filter((group) => {
        if (group.pending > 0 && group.direct !== undefined) return true;
        this.#goesOn(group);
        return false;
      });
    }
    for (const group of sending) this.#due.push(group);
    return updates;
  }

  /** One frame of each group, or several where all together are few enough. Returns how many. */
  #publishDue(): number {
    const groups = this.#due;
    this.#due = [];
    let extra = gatheredFramesMax - groups.length;
    const direct: QueuedGroup[] = [];
    let frames = 0;
    for (const group of groups) {
      if (group.pending === 0) {
        this.#goesOn(group);
        continue;
      }
      if (group.direct !== undefined) {
        direct.push(group);
        continue;
      }
      group.publishNext();
      frames++;
      for (; extra > 0 && group.pending > 0; extra--, frames++) group.publishNext();
      this.#goesOn(group);
    }
    return frames + this.#publishDirect(direct);
  }

  #publishFlushRound(): void {
    this.#deps.settle();
    this.#flushRound++;
    const frames = this.#publishDue();
    if (this.#replays === 'overdue' || (this.#replays === 'due' && this.#due.length === 0)) {
      this.#replays = 'done';
      this.#deps.flushed();
    }
    if (frames === 0) return;
    this.#unsettled = true;
    this.#deps.whenSettled(() => {
      this.#unsettled = false;
      if (this.#due.length > 0) this.#publishFlushRound();
    });
  }
}

function createWheel(classMs: number, now: number): Wheel {
  const slots = slotsOf(classMs);
  const queues = Array.from({ length: slots }, (): QueuedGroup[] => []);
  const attended = Array.from({ length: slots }, () => new Set<QueuedGroup>());
  return { queues, attended, turned: Math.floor(now / slotMs) };
}

/** Takes out every phase that came round since the last turn; each at most once, however long that was. */
function turnWheel(wheel: Wheel, now: number, becomesDue: (group: QueuedGroup) => void): void {
  const phases = wheel.queues.length;
  const reached = Math.floor(now / slotMs);
  for (let turn = Math.max(wheel.turned + 1, reached - phases + 1); turn <= reached; turn++) {
    for (const group of wheel.attended[turn % phases] ?? []) if (group.pending > 0) becomesDue(group);
    const due = wheel.queues[turn % phases] ?? [];
    if (due.length === 0) continue;
    wheel.queues[turn % phases] = [];
    for (const group of due) becomesDue(group);
  }
  wheel.turned = reached;
}
