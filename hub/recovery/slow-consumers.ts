import type { HubCounts } from '#hub/counts.ts';
import type { CatchUp } from '#hub/session/catch-up.ts';
import type { Session } from '#hub/session/session.ts';
import type { SessionBarrier } from '#hub/session/session-barrier.ts';
import { closeCodes } from '#protocol/close-codes.ts';
import type { Replays } from './replays.ts';
import type { TimeShare } from './time-share.ts';

export interface SlowConsumerLimits {
  /** A slow socket counts as relieved, and gets its next round, while no more than this waits for it. */
  readonly relievedBytes: number;
  /** A round stops when so much waits for the socket, and goes on at the next visit. */
  readonly roundBytes: number;
  /** Time between two rounds of conflated updates. */
  readonly conflatedIntervalMs: number;
  /** Unrelieved for so long: snapshots only. */
  readonly conflatedPatienceMs: number;
  /** Time between two rounds of snapshots. */
  readonly snapshotIntervalMs: number;
  /** Not drained for so long: the socket is closed. */
  readonly snapshotPatienceMs: number;
  /** Relieved at every visit for so long: one level up. */
  readonly calmMs: number;
}

interface Slowness {
  /** When the socket was last seen relieved. */
  relievedAt: number;
  /** Since when every visit found it relieved. */
  calmSince: number;
  /** When its last round began. */
  servedAt: number;
}

export interface SlowConsumersDeps {
  readonly replays: Replays;
  readonly counts: HubCounts;
  readonly barrier: Pick<SessionBarrier, 'run'>;
  /** What rounds may take of a visit: what fell together is relieved together, and all others would wait for it. */
  readonly time: TimeShare;
}

/**
 * What happens to clients that read too slowly: every update → conflated → snapshots only → closed with
 * a code that says "reconnect". A client is told at each step what it missed.
 */
export class SlowConsumers {
  readonly #deps: SlowConsumersDeps;
  readonly #limits: SlowConsumerLimits;
  readonly #slow = new Map<Session, Slowness>();
  #overflowed: Session[] = [];

  constructor(deps: SlowConsumersDeps, limits: SlowConsumerLimits) {
    this.#deps = deps;
    this.#limits = limits;
  }

  /** uWebSockets dropped frames of this socket: all of its groups may have gaps. Safe inside its callback. */
  fall(session: Session): void {
    if (session.overflowed) return;
    session.overflowed = true;
    this.#deps.counts.overflowed++;
    this.#overflowed.push(session);
  }

  /** Takes the overflowed off their groups; before anything of the next turn is published. */
  settle(now: number): void {
    if (this.#overflowed.length === 0) return;
    const settling = this.#overflowed;
    this.#overflowed = [];
    for (const session of settling) this.#deps.barrier.run(session, () => this.#settleOne(session, now));
  }

  /** Serves every slow session, and moves it up or down; `now` in ms. */
  visit(now: number): void {
    this.#deps.time.begin();
    let left = this.#slow.size;
    for (const [session, slowness] of this.#slow) {
      if (left-- <= 0) return; // all others had their visit: these were put back behind them
      const visitOne = session.level === 'conflated' ? this.#visitConflated : this.#visitSnapshotOnly;
      this.#deps.barrier.run(session, () => visitOne(session, slowness, now));
    }
  }

  forget(session: Session): void {
    if (this.#slow.delete(session) && session.level !== 'every_update')
      this.#deps.counts.slow[session.level]--;
  }

  #stepTo(session: Session, level: Session['level'], now: number): void {
    if (session.level !== 'every_update') this.#deps.counts.slow[session.level]--;
    if (level !== 'every_update') this.#deps.counts.slow[level]++;
    session.level = level;
    const slowness = this.#slow.get(session);
    if (slowness !== undefined)
      Object.assign(slowness, { relievedAt: now, calmSince: now, servedAt: Number.NEGATIVE_INFINITY });
  }

  #giveUp(session: Session): void {
    this.#deps.counts.slowDisconnects++;
    session.end(closeCodes.slow_consumer, 'slow_consumer');
  }

  #settleOne(session: Session, now: number): void {
    session.overflowed = false;
    if (session.lostAnswer) this.#giveUp(session);
    if (!session.open || session.level !== 'every_update') return;
    this.#deps.replays.suspend(session);
    this.#slow.set(session, { relievedAt: now, calmSince: now, servedAt: Number.NEGATIVE_INFINITY });
    this.#stepTo(session, 'conflated', now);
  }

  readonly #visitConflated = (session: Session, slowness: Slowness, now: number): void => {
    if (!relieved(session, slowness, this.#limits.relievedBytes, now)) {
      if (now - slowness.relievedAt >= this.#limits.conflatedPatienceMs)
        this.#stepTo(session, 'snapshot_only', now);
      return;
    }
    if (now - slowness.servedAt >= this.#limits.conflatedIntervalMs)
      this.#serve(session, slowness, now, (catchUp) => catchUp.sendNewest(session));
    if (now - slowness.calmSince < this.#limits.calmMs) return;
    this.#stepTo(session, 'every_update', now);
    this.#slow.delete(session);
    this.#deps.replays.resume(session);
  };

  readonly #visitSnapshotOnly = (session: Session, slowness: Slowness, now: number): void => {
    if (!relieved(session, slowness, 0, now)) {
      if (now - slowness.relievedAt >= this.#limits.snapshotPatienceMs) this.#giveUp(session);
      return;
    }
    if (now - slowness.servedAt >= this.#limits.snapshotIntervalMs)
      this.#serve(session, slowness, now, (catchUp) => catchUp.sendReset(session, 'slow_consumer'));
    if (now - slowness.calmSince >= this.#limits.calmMs) this.#stepTo(session, 'conflated', now);
  };

  /**
   * One round over all that the session is behind with; a round cut short goes on at the next visit. So does one
   * for which this visit has no time left: then those who were served stand behind those who were not.
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
