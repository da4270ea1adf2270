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

/**
 * What happens to clients that read too slowly: every update → conflated → snapshots only → closed with
 * a code that says "reconnect". A client is told at each step what it missed.
 */
export interface SlowConsumers {
  /** uWebSockets dropped frames of this socket: all of its groups may have gaps. Safe inside its callback. */
  fall(session: Session): void;
  /** Takes the overflowed off their groups; before anything of the next turn is published. */
  settle(now: number): void;
  /** Serves every slow session, and moves it up or down; `now` in ms. */
  visit(now: number): void;
  forget(session: Session): void;
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

export function createSlowConsumers(deps: SlowConsumersDeps, limits: SlowConsumerLimits): SlowConsumers {
  const { replays, counts, barrier, time } = deps;
  const slow = new Map<Session, Slowness>();
  let overflowed: Session[] = [];

  const stepTo = (session: Session, level: Session['level'], now: number): void => {
    if (session.level !== 'every_update') counts.slow[session.level]--;
    if (level !== 'every_update') counts.slow[level]++;
    session.level = level;
    const slowness = slow.get(session);
    if (slowness !== undefined)
      Object.assign(slowness, { relievedAt: now, calmSince: now, servedAt: Number.NEGATIVE_INFINITY });
  };

  const giveUp = (session: Session): void => {
    counts.slowDisconnects++;
    session.end(closeCodes.slow_consumer, 'slow_consumer');
  };

  const settleOne = (session: Session, now: number): void => {
    session.overflowed = false;
    if (session.lostAnswer) giveUp(session);
    if (!session.open || session.level !== 'every_update') return;
    replays.suspend(session);
    slow.set(session, { relievedAt: now, calmSince: now, servedAt: Number.NEGATIVE_INFINITY });
    stepTo(session, 'conflated', now);
  };

  const visitConflated = (session: Session, slowness: Slowness, now: number): void => {
    if (!relieved(session, slowness, limits.relievedBytes, now)) {
      if (now - slowness.relievedAt >= limits.conflatedPatienceMs) stepTo(session, 'snapshot_only', now);
      return;
    }
    if (now - slowness.servedAt >= limits.conflatedIntervalMs)
      serve(session, slowness, now, (catchUp) => catchUp.sendNewest(session));
    if (now - slowness.calmSince < limits.calmMs) return;
    stepTo(session, 'every_update', now);
    slow.delete(session);
    replays.resume(session);
  };

  const visitSnapshotOnly = (session: Session, slowness: Slowness, now: number): void => {
    if (!relieved(session, slowness, 0, now)) {
      if (now - slowness.relievedAt >= limits.snapshotPatienceMs) giveUp(session);
      return;
    }
    if (now - slowness.servedAt >= limits.snapshotIntervalMs)
      serve(session, slowness, now, (catchUp) => catchUp.sendReset(session, 'slow_consumer'));
    if (now - slowness.calmSince >= limits.calmMs) stepTo(session, 'conflated', now);
  };

  /**
   * One round over all that the session is behind with; a round cut short goes on at the next visit. So does one
   * for which this visit has no time left: then those who were served stand behind those who were not.
   */
  const serve = (
    session: Session,
    slowness: Slowness,
    now: number,
    send: (catchUp: CatchUp) => boolean,
  ): void => {
    if (time.over) return;
    const round = (): void => {
      for (const catchUp of session.catchUps ?? []) {
        if (catchUp.caughtUp || catchUp.waits) continue;
        if (session.bufferedBytes > limits.roundBytes || !send(catchUp)) return;
      }
      slowness.servedAt = now;
    };
    time.spend(() => session.corked(round));
    if (slow.delete(session)) slow.set(session, slowness);
  };

  return {
    fall(session) {
      if (session.overflowed) return;
      session.overflowed = true;
      counts.overflowed++;
      overflowed.push(session);
    },
    settle(now) {
      if (overflowed.length === 0) return;
      const settling = overflowed;
      overflowed = [];
      for (const session of settling) barrier.run(session, () => settleOne(session, now));
    },
    visit(now) {
      time.begin();
      let left = slow.size;
      for (const [session, slowness] of slow) {
        if (left-- <= 0) return; // all others had their visit: these were put back behind them
        const visitOne = session.level === 'conflated' ? visitConflated : visitSnapshotOnly;
        barrier.run(session, () => visitOne(session, slowness, now));
      }
    },
    forget(session) {
      if (slow.delete(session) && session.level !== 'every_update') counts.slow[session.level]--;
    },
  };
}

/** Whether no more than `bytes` wait for the socket; keeps the two times of `slowness`. */
function relieved(session: Session, slowness: Slowness, bytes: number, now: number): boolean {
  const isRelieved = session.bufferedBytes <= bytes;
  if (isRelieved) slowness.relievedAt = now;
  else slowness.calmSince = now;
  return isRelieved;
}
