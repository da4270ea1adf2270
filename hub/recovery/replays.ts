import type { Lanes } from '#hub/delivery/delivery-groups.ts';
import type { FrequencyWindows } from '#hub/delivery/frequency-windows.ts';
import type { Held } from '#hub/delivery/held.ts';
import type { Session } from '#hub/session/session.ts';
import type { SessionBarrier } from '#hub/session/session-barrier.ts';
import type { ReplayEnd } from '#hub/session/session-trace.ts';
import type { SymbolTail } from '#hub/symbols/symbol-feed.ts';
import type { FrequencyClassMs } from '#protocol/frequency.ts';
import { Behind } from './catch-up.ts';
import { createReplayRounds } from './replay-rounds.ts';
import type { TimeShare } from './time-share.ts';

export interface ReplayLimits {
  /** A socket gets the next missed update only while fewer bytes than this wait for it. */
  readonly replayBufferBytes: number;
  /** Missed updates that a socket gets at a time, before it is another's turn. */
  readonly replayVisitUpdatesMax: number;
}

/**
 * Attaches symbols to sessions and brings those that are behind up to their lanes: a page at a time,
 * as fast as each client reads, and never so much in a turn that live updates wait.
 */
export interface Replays {
  /** Attaches a symbol to a session that holds `held`; it goes live as soon as it has caught up. */
  attach(session: Session, tail: SymbolTail, classMs: FrequencyClassMs, held: Held): void;
  /** The session gets the symbol at another frequency from now on, from where it stands. */
  move(session: Session, tail: SymbolTail, classMs: FrequencyClassMs): void;
  /** The session leaves the tail; nothing happens when it is not attached. */
  detach(session: Session, tail: SymbolTail): void;
  /**
   * Sends what a session missed, in the write of the caller: who is served at once misses least. What does not
   * fit into a visit, or into the time of this turn, follows by turns.
   */
  start(session: Session): void;
  /** The session is to be brought up to its lanes again. */
  resume(session: Session): void;
  /** Takes the session off its lanes: from now on it moves only when it is told to. */
  suspend(session: Session): void;
  /** The session is gone. */
  forget(session: Session): void;
  /** Sends one turn's worth of missed updates. */
  turn(): void;
  /**
   * The ticks stay in memory for those who read as fast as they get them: that a storm of resumes takes
   * long is not their fault. To be called more often than every `replayHoldMs`.
   */
  keepTicks(): void;
}

export interface ReplaysDeps {
  readonly lanes: Lanes;
  readonly windows: FrequencyWindows;
  readonly barrier: Pick<SessionBarrier, 'run'>;
  /** What replays may take of a turn, so that live updates keep their pace. */
  readonly time: TimeShare;
  /** What `start` may take of a turn; its own, so that those who wait can not make newcomers wait as well. */
  readonly startTime: TimeShare;
}

export function createReplays(deps: ReplaysDeps, limits: ReplayLimits): Replays {
  const { lanes, windows, barrier, time, startTime } = deps;
  const replaying = new Set<Session>();

  const addBehind = (session: Session, behind: Behind): void => {
    session.behind ??= new Set();
    session.behind.add(behind);
    session.attachments.set(behind.tail.symbol, behind);
  };

  /** False while the lane is not ready for the session. */
  const goLive = (session: Session, behind: Behind): boolean => {
    const lane = lanes.join(
      session,
      behind.tail,
      behind.classMs,
      behind.isRestricted ? behind.held : undefined,
    );
    if (lane === undefined) return false;
    removeBehind(session, behind);
    session.attachments.set(behind.tail.symbol, lane);
    return true;
  };

  const rounds = createReplayRounds(goLive);

  /** Sends missed updates while the socket takes them, up to the bound of a visit. */
  const visit = (session: Session): void => {
    for (let left = limits.replayVisitUpdatesMax; left > 0; ) {
      const sent = rounds.send(session);
      session.trace?.replayed(sent);
      if (sent === 0 || session.bufferedBytes >= limits.replayBufferBytes) return;
      left -= sent;
    }
  };

  const attach = (session: Session, tail: SymbolTail, classMs: FrequencyClassMs, held: Held): void => {
    const behind = new Behind(tail, classMs, held, windows.of(session, tail));
    addBehind(session, behind);
    if (classMs === 0) expectEveryUpdate(session, tail, held);
    if (session.rung !== 'every_update') return;
    if (!behind.caughtUp) tail.keep();
    else if (goLive(session, behind)) return; // else its lane has yet to publish a reset
    replaying.add(session);
    session.trace?.replayBegins();
  };

  const leave = (session: Session, end: ReplayEnd): void => {
    replaying.delete(session);
    session.trace?.replayEnds(end);
  };

  return {
    attach,
    move(session, tail, classMs) {
      const attachment = session.attachments.get(tail.symbol);
      if (attachment === undefined) return;
      if (attachment.classMs === 0) tail.everyUpdate--;
      const isBehind = attachment instanceof Behind;
      if (isBehind) removeBehind(session, attachment);
      attach(session, tail, classMs, isBehind ? attachment.held : lanes.leave(session, attachment));
    },
    detach(session, tail) {
      const attachment = session.attachments.get(tail.symbol);
      if (attachment === undefined) return;
      session.attachments.delete(tail.symbol);
      if (attachment.classMs === 0) attachment.tail.everyUpdate--;
      if (attachment instanceof Behind) removeBehind(session, attachment);
      else lanes.leave(session, attachment);
    },
    start(session) {
      if (!replaying.has(session) || startTime.over) return;
      startTime.spend(() => visit(session));
      if (session.behind === undefined) leave(session, 'caught_up');
    },
    resume(session) {
      replaying.add(session);
      session.trace?.replayBegins();
    },
    suspend(session) {
      leave(session, 'slow');
      for (const lane of session.attachments.values()) {
        if (lane instanceof Behind) continue;
        addBehind(
          session,
          new Behind(lane.tail, lane.classMs, lanes.leave(session, lane), windows.of(session, lane.tail)),
        );
      }
    },
    forget(session) {
      leave(session, 'closed');
    },
    turn() {
      time.begin();
      startTime.begin();
      let left = replaying.size;
      for (const session of replaying) {
        if (left-- <= 0) return; // all others had their visit: these were put back behind them
        replaying.delete(session);
        if (session.bufferedBytes < limits.replayBufferBytes)
          time.spend(() => barrier.run(session, () => session.corked(() => visit(session))));
        if (!session.open) continue;
        if (session.behind !== undefined) replaying.add(session);
        else session.trace?.replayEnds('caught_up');
        if (time.over) return;
      }
    },
    keepTicks() {
      rounds.sweep();
      for (const session of replaying) {
        if (session.bufferedBytes >= limits.replayBufferBytes) continue;
        for (const behind of session.behind ?? []) if (!behind.caughtUp) behind.tail.keep();
      }
    },
  };
}

function removeBehind(session: Session, behind: Behind): void {
  session.behind?.delete(behind);
  if (session.behind?.size === 0) session.behind = undefined;
}

/** From now on, and what the session missed before. */
function expectEveryUpdate({ counts }: Session, tail: SymbolTail, held: Held): void {
  tail.everyUpdate++;
  if (held.epoch === tail.log.epoch) counts.expected += Math.max(0, tail.log.last - held.seq);
}
