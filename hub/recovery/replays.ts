import type { DeliveryGroups } from '#hub/delivery/delivery-groups.ts';
import type { FrequencyWindows } from '#hub/delivery/frequency-windows.ts';
import type { Held } from '#hub/delivery/held.ts';
import { CatchUp } from '#hub/session/catch-up.ts';
import type { Session } from '#hub/session/session.ts';
import type { SessionBarrier } from '#hub/session/session-barrier.ts';
import type { ReplayEnd } from '#hub/session/session-trace.ts';
import type { SymbolFeed } from '#hub/symbols/symbol-feed.ts';
import type { FrequencyClassMs } from '#protocol/frequency.ts';
import { createReplayRounds, type ReplayRounds } from './replay-rounds.ts';
import type { TimeShare } from './time-share.ts';

export interface ReplayLimits {
  /** A socket gets the next missed update only while fewer bytes than this wait for it. */
  readonly replayBufferBytes: number;
  /** Missed updates that a socket gets at a time, before it is another's turn. */
  readonly replayVisitUpdatesMax: number;
}

export interface ReplaysDeps {
  readonly groups: DeliveryGroups;
  readonly windows: FrequencyWindows;
  readonly barrier: Pick<SessionBarrier, 'run'>;
  /** What replays may take of a turn, so that live updates keep their pace. */
  readonly time: TimeShare;
  /** What `start` may take of a turn; its own, so that those who wait can not make newcomers wait as well. */
  readonly startTime: TimeShare;
}

/**
 * Attaches symbols to sessions and brings those that are behind up to their groups (`catching_up`): a page at a
 * time, as fast as each client reads, and never so much in a turn that live updates wait.
 */
export class Replays {
  readonly #deps: ReplaysDeps;
  readonly #limits: ReplayLimits;
  /** Those whose turn comes; each that is `catching_up` is among them. */
  readonly #queue = new Set<Session>();
  readonly #rounds: ReplayRounds;

  constructor(deps: ReplaysDeps, limits: ReplayLimits) {
    this.#deps = deps;
    this.#limits = limits;
    this.#rounds = createReplayRounds(this.#goLive);
  }

  /** The session gets the symbol at another frequency from now on, from where it stands. */
  move(session: Session, feed: SymbolFeed, classMs: FrequencyClassMs): void {
    const attachment = session.attachments.get(feed.symbol);
    if (attachment === undefined) return;
    if (attachment.classMs === 0) feed.everyUpdate--;
    const isCatchUp = attachment instanceof CatchUp;
    if (isCatchUp) removeCatchUp(session, attachment);
    this.attach(
      session,
      feed,
      classMs,
      isCatchUp ? attachment.held : this.#deps.groups.leave(session, attachment),
    );
  }

  /** The session leaves the feed; nothing happens when it is not attached. */
  detach(session: Session, feed: SymbolFeed): void {
    const attachment = session.attachments.get(feed.symbol);
    if (attachment === undefined) return;
    session.attachments.delete(feed.symbol);
    if (attachment.classMs === 0) attachment.feed.everyUpdate--;
    if (attachment instanceof CatchUp) removeCatchUp(session, attachment);
    else this.#deps.groups.leave(session, attachment);
  }

  /**
   * Sends what a session missed, in the write of the caller: who is served at once misses least. What does not
   * fit into a visit, or into the time of this turn, follows by turns.
   */
  start(session: Session): void {
    if (session.state !== 'catching_up' || this.#deps.startTime.over) return;
    this.#deps.startTime.spend(() => this.#serve(session));
    this.#endIfCaughtUp(session);
  }

  /** The session is to be brought up to its groups from now on. */
  resume(session: Session): void {
    this.#queue.add(session);
    session.trace?.replayBegins();
  }

  /** Takes the session off its groups: from now on it gets nothing by itself. */
  suspend(session: Session): void {
    this.#dequeue(session, 'slow');
    for (const group of session.attachments.values()) {
      if (group instanceof CatchUp) continue;
      this.#addCatchUp(
        session,
        new CatchUp(
          group.feed,
          group.classMs,
          this.#deps.groups.leave(session, group),
          this.#deps.windows.of(session, group.feed),
        ),
      );
    }
  }

  /** The session is gone. */
  forget(session: Session): void {
    this.#dequeue(session, 'closed');
  }

  /** Sends one turn's worth of missed updates. */
  turn(): void {
    this.#deps.time.begin();
    this.#deps.startTime.begin();
    let left = this.#queue.size;
    for (const session of this.#queue) {
      if (left-- <= 0) return; // all others had their turn: these were put back behind them
      this.#queue.delete(session);
      if (session.state !== 'catching_up') continue; // it overflowed, and is about to be taken off its groups
      this.#queue.add(session);
      if (session.bufferedBytes < this.#limits.replayBufferBytes)
        this.#deps.time.spend(() =>
          this.#deps.barrier.run(session, () => session.corked(() => this.#serve(session))),
        );
      this.#endIfCaughtUp(session);
      if (this.#deps.time.over) return;
    }
  }

  /**
   * The ticks stay in memory for those who read as fast as they get them: that a storm of resumes takes
   * long is not their fault. To be called more often than every `replayHoldMs`.
   */
  keepTicks(): void {
    this.#rounds.sweep();
    for (const session of this.#queue) {
      if (session.bufferedBytes >= this.#limits.replayBufferBytes) continue;
      for (const catchUp of session.catchUps ?? []) if (!catchUp.caughtUp) catchUp.feed.keep();
    }
  }

  #addCatchUp(session: Session, catchUp: CatchUp): void {
    session.catchUps ??= new Set();
    session.catchUps.add(catchUp);
    session.attachments.set(catchUp.feed.symbol, catchUp);
  }

  /** False while the group is not ready for the session. */
  readonly #goLive = (session: Session, catchUp: CatchUp): boolean => {
    const group = this.#deps.groups.join(
      session,
      catchUp.feed,
      catchUp.classMs,
      catchUp.isRestricted ? catchUp.held : undefined,
    );
    if (group === undefined) return false;
    removeCatchUp(session, catchUp);
    session.attachments.set(catchUp.feed.symbol, group);
    return true;
  };

  /** Sends missed updates while the socket takes them, up to the bound of a turn. */
  #serve(session: Session): void {
    for (let left = this.#limits.replayVisitUpdatesMax; left > 0; ) {
      const sent = this.#rounds.send(session);
      session.trace?.replayed(sent);
      if (sent === 0 || session.bufferedBytes >= this.#limits.replayBufferBytes) return;
      left -= sent;
    }
  }

  /** Attaches a symbol to a session that holds `held`; it goes live as soon as it has caught up. */
  attach(session: Session, feed: SymbolFeed, classMs: FrequencyClassMs, held: Held): void {
    const catchUp = new CatchUp(feed, classMs, held, this.#deps.windows.of(session, feed));
    this.#addCatchUp(session, catchUp);
    if (classMs === 0) expectEveryUpdate(session, feed, held);
    if (session.state !== 'live' && session.state !== 'catching_up') return; // it has to read first
    if (!catchUp.caughtUp) feed.keep();
    else if (this.#goLive(session, catchUp)) return; // else its group has yet to publish a reset
    session.happened('falls_behind');
    this.resume(session);
  }

  #endIfCaughtUp(session: Session): void {
    if (session.state !== 'catching_up' || session.catchUps !== undefined) return;
    session.happened('catches_up');
    this.#dequeue(session, 'caught_up');
  }

  #dequeue(session: Session, end: ReplayEnd): void {
    this.#queue.delete(session);
    session.trace?.replayEnds(end);
  }
}

function removeCatchUp(session: Session, catchUp: CatchUp): void {
  session.catchUps?.delete(catchUp);
  if (session.catchUps?.size === 0) session.catchUps = undefined;
}

/** From now on, and what the session missed before. */
function expectEveryUpdate({ counts }: Session, feed: SymbolFeed, held: Held): void {
  feed.everyUpdate++;
  if (held.epoch === feed.window.epoch) counts.expected += Math.max(0, feed.window.last - held.seq);
}
