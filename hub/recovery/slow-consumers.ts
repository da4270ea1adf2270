import type { HubCounts } from '#hub/counts.ts';
import type { CatchUp } from '#hub/session/catch-up.ts';
import type { Session } from '#hub/session/session.ts';
import type { SessionBarrier } from '#hub/session/session-barrier.ts';
import type { SubscriberEvent } from '#hub/session/subscriber-state.ts';
import { closeCodes } from '#protocol/close-codes.ts';
import type { Replays } from './replays.ts';
import type { TimeShare } from './time-share.ts';

export interface SlowConsumerLimits {
  /** A slow socket counts as relieved, and gets its next round, while no more than this waits for it. */
  readonly relievedBytes: number;
  /** A round stops when so much waits for the socket, and goes on at the next turn. */
  readonly roundBytes: number;
  /** Time between two rounds of conflated updates. */
  readonly conflatedIntervalMs: number;
  /** Unrelieved for so long: snapshots only. */
  readonly conflatedPatienceMs: number;
  /** Time between two rounds of snapshots. */
  readonly snapshotIntervalMs: number;
  /** Not drained for so long: the socket is closed. */
  readonly snapshotPatienceMs: number;
  /** Relieved at every turn for so long: one level up. */
  readonly calmMs: number;
}

interface Slowness {
  /** When the socket was last seen relieved. */
  relievedAt: number;
  /** Since when every turn found it relieved. */
  calmSince: number;
  /** When its last round began. */
  servedAt: number;
}

export interface SlowConsumersDeps {
  readonly replays: Replays;
  readonly counts: HubCounts;
  readonly barrier: Pick<SessionBarrier, 'run'>;
  /** What rounds may take of a turn: what overflowed together is relieved together, and all others would wait for it. */
  readonly time: TimeShare;
}

/**
 * What happens to clients that read too slowly: every update → conflated → snapshots only → closed with
 * a code that says "reconnect". A client is told at each step what it missed.
 */
export class SlowConsumers {
  readonly #deps: SlowConsumersDeps;
  readonly #limits: SlowConsumerLimits;
  /** Those that are `conflated`, `snapshot_only`, or `ending` from there. */
  readonly #slow = new Map<Session, Slowness>();
  /** Sockets that dropped frames since the last flush round. */
  #dropped = new Set<Session>();

  constructor(deps: SlowConsumersDeps, limits: SlowConsumerLimits) {
    this.#deps = deps;
    this.#limits = limits;
  }

  /** Frames of this socket were dropped: all of its groups may have gaps. Safe inside uWebSockets' callback. */
  overflowed(session: Session): void {
    if (this.#dropped.has(session)) return;
    this.#dropped.add(session);
    this.#deps.counts.overflowed++;
    session.happened('overflows');
  }

  /** Takes who overflowed off its groups; before anything of the next flush round is published. */
  settle(now: number): void {
    if (this.#dropped.size === 0) return;
    const settling = this.#dropped;
    this.#dropped = new Set();
    for (const session of settling) this.#deps.barrier.run(session, () => this.#settleOne(session, now));
  }

  /** Serves every slow session, and moves it up or down; `now` in ms. */
  turn(now: number): void {
    this.#deps.time.begin();
    let left = this.#slow.size;
    for (const [session, slowness] of this.#slow) {
      if (left-- <= 0) return; // all others had their turn: these were put back behind them
      this.#deps.barrier.run(session, () => this.#turnOf(session, slowness, now));
    }
  }

  /** The session is gone. */
  forget(session: Session): void {
    this.#slow.delete(session);
    this.#dropped.delete(session);
  }

  #settleOne(session: Session, now: number): void {
    if (session.state === 'ending') this.#end(session);
    if (session.state !== 'overflowed') return; // it was slow before, or is gone
    this.#deps.replays.suspend(session);
    this.#step(session, 'leaves_groups', now);
  }

  #turnOf(session: Session, slowness: Slowness, now: number): void {
    if (session.state === 'conflated') this.#turnOfConflated(session, slowness, now);
    else if (session.state === 'snapshot_only') this.#turnOfSnapshotOnly(session, slowness, now);
    if (session.state === 'ending') this.#end(session);
  }

  #turnOfConflated(session: Session, slowness: Slowness, now: number): void {
    if (!relieved(session, slowness, this.#limits.relievedBytes, now)) {
      if (now - slowness.relievedAt >= this.#limits.conflatedPatienceMs) this.#step(session, 'stalls', now);
      return;
    }
    if (now - slowness.servedAt >= this.#limits.conflatedIntervalMs)
      this.#serve(session, slowness, now, (catchUp) => catchUp.sendNewest(session));
    if (session.state !== 'conflated' || now - slowness.calmSince < this.#limits.calmMs) return;
    session.happened('calms');
    this.#slow.delete(session);
    this.#deps.replays.resume(session);
  }

  #turnOfSnapshotOnly(session: Session, slowness: Slowness, now: number): void {
    if (!relieved(session, slowness, 0, now)) {
      if (now - slowness.relievedAt >= this.#limits.snapshotPatienceMs) session.happened('stalls');
      return;
    }
    if (now - slowness.servedAt >= this.#limits.snapshotIntervalMs)
      this.#serve(session, slowness, now, (catchUp) => catchUp.sendReset(session, 'slow_consumer'));
    if (session.state === 'snapshot_only' && now - slowness.calmSince >= this.#limits.calmMs)
      this.#step(session, 'calms', now);
  }

  /** To another state in which it is slow; what was seen of it in the one before does not count. */
  #step(session: Session, event: SubscriberEvent, now: number): void {
    session.happened(event);
    this.#slow.set(session, { relievedAt: now, calmSince: now, servedAt: Number.NEGATIVE_INFINITY });
  }

  #end(session: Session): void {
    this.#slow.delete(session);
    this.#deps.counts.slowDisconnects++;
    session.end(closeCodes.slow_consumer, 'slow_consumer');
  }

  /**
   * One round over all that the session is behind with; a round cut short goes on at the next turn. So does one
   * for which this turn has no time left: then those who were served stand behind those who were not.
   */
  #serve(session: Session, slowness: Slowness, now: number, send: (catchUp: CatchUp) => boolean): void {
    if (this.#deps.time.over) return;
    const round = (): void => {
      for (const catchUp of session.catchUps ?? []) {
        if (catchUp.caughtUp || catchUp.waits) continue;
        if (session.bufferedBytes > this.#limits.roundBytes || !send(catchUp)) return;
      }
      slowness.servedAt = now;
    };
    this.#deps.time.spend(() => session.corked(round));
    if (this.#slow.delete(session)) this.#slow.set(session, slowness);
  }
}

/** Whether no more than `bytes` wait for the socket; keeps the two times of `slowness`. */
function relieved(session: Session, slowness: Slowness, bytes: number, now: number): boolean {
  const isRelieved = session.bufferedBytes <= bytes;
  if (isRelieved) slowness.relievedAt = now;
  else slowness.calmSince = now;
  return isRelieved;
}
