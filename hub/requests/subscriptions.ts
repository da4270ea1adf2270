import type { FrequencyWindows } from '#hub/delivery/frequency-windows.ts';
import { restrictedClassOf } from '#hub/delivery/restriction.ts';
import { resetMessage, servedAs, snapshotOfShown } from '#hub/delivery/updates.ts';
import type { Staleness } from '#hub/liveness/staleness.ts';
import { type FirstPrice, firstPriceOf, newerOf } from '#hub/recovery/first-price.ts';
import type { Replays } from '#hub/recovery/replays.ts';
import { judgeResume, type Resume } from '#hub/recovery/resume.ts';
import type { Attachment, Session } from '#hub/session/session.ts';
import type { SymbolFeed } from '#hub/symbols/symbol-feed.ts';
import { type FrequencyClassMs, frequencyClassOf } from '#protocol/frequency.ts';
import type {
  PriceUpdate,
  Rejection,
  SubscribedMessage,
  SubscribedSymbol,
  SubscribeMessage,
  UnsubscribeMessage,
  UnsubscribeReason,
} from '#protocol/messages.ts';
import { formatPosition, type Position } from '#protocol/position.ts';
import { parseSymbol } from '#protocol/symbol.ts';
import { rejectionOf } from './rejections.ts';
import { chargeRejections } from './request-cost.ts';
import {
  boundedSymbols,
  isPrepared,
  type PlannedSymbol,
  planSubscribe,
  prepare,
  type SubscribePlan,
  type SubscribePlanDeps,
  type SubscribePlanLimits,
} from './subscribe-plan.ts';
import { SubscribeTrace } from './subscribe-trace.ts';

export interface SubscriptionsDeps extends SubscribePlanDeps {
  readonly replays: Replays;
  readonly windows: FrequencyWindows;
  readonly staleness: Pick<Staleness, 'has' | 'tell'>;
}

/** Snapshots that share one frame, and `error` messages for one request. */
const snapshotsPerFrame = 100;
const errorsPerRequestMax = 64;

/** A symbol that can be answered, with how the client goes on; undefined where it gave no position. */
interface Ready extends PlannedSymbol {
  readonly first: FirstPrice;
  readonly resume: Resume | undefined;
}

/** The control plane of symbols: subscribe, unsubscribe, and the end of a session. */
export class Subscriptions {
  readonly #deps: SubscriptionsDeps;
  readonly #limits: SubscribePlanLimits;

  constructor(deps: SubscriptionsDeps, limits: SubscribePlanLimits) {
    this.#deps = deps;
    this.#limits = limits;
  }

  /**
   * Answers a subscribe, with its first prices. Returns a promise only where it has to wait for the fanout,
   * which most subscribes need not: thousands of promises at a reconnect storm are memory that stays.
   */
  subscribe(session: Session, message: SubscribeMessage): Promise<void> | undefined {
    const { feeds } = this.#deps;
    const trace = session.trace && new SubscribeTrace(session.trace);
    const plan = planSubscribe(session, message, this.#deps, this.#limits);
    trace?.holds(plan.symbols, feeds);
    if (!isPrepared(plan, feeds))
      return prepare(plan, feeds, this.#limits.subscribeTimeoutMs).then((prepared) =>
        this.#answer(session, message, prepared, trace),
      );
    this.#answer(session, message, plan, trace);
    return undefined;
  }

  unsubscribe(session: Session, message: UnsubscribeMessage): void {
    const symbols: string[] = [];
    const { values, unread } = boundedSymbols(message, this.#limits);
    const rejected: Rejection[] = [...unread];
    for (const value of values) {
      const symbol = parseSymbol(value);
      const attachment = symbol && session.attachments.get(symbol);
      if (attachment === undefined) {
        rejected.push(rejectionOf(value, symbol === undefined ? 'invalid_symbol' : 'not_subscribed'));
        continue;
      }
      this.#letGo(session, attachment.feed);
      symbols.push(attachment.feed.symbol);
    }
    session.answer({ type: 'unsubscribed', ...(message.id !== undefined && { id: message.id }), symbols });
    sendErrors(session, message, rejected);
    chargeRejections(session, rejected);
  }

  /**
   * The session has another token: takes away what that does not cover or what has another delay, and slows down
   * what is too fast for it.
   */
  entitle(session: Session): void {
    session.corked(() => {
      this.#takeAway(session, 'not_entitled', ({ symbol }) => !session.identity?.entitlements.allows(symbol));
      this.#takeAway(
        session,
        'delay_changed',
        ({ delayedMinutes }) => delayedMinutes !== session.delayedMinutes,
      );
      this.#slowDown(session);
    });
  }

  /** Lets go of everything that a closed session held. */
  end(session: Session): void {
    this.#deps.replays.forget(session);
    for (const { feed } of [...session.attachments.values()]) this.#letGo(session, feed);
  }

  #attach(session: Session, { feed, since, resume, first }: Ready, classMs: FrequencyClassMs): void {
    const previous = session.attachments.get(feed.symbol);
    this.#deps.replays.detach(session, feed);
    if (previous === undefined) session.counts.subscriptions++;
    else this.#deps.feeds.release(previous.feed); // one reference for each symbol of a session
    const goesOn = resume === 'continue' && since !== undefined;
    const held = goesOn ? since : first.position;
    const isUnseen = !goesOn && held !== undefined && first.shown === undefined;
    this.#deps.replays.attach(session, feed, classMs, {
      ...{ epoch: held?.epoch ?? -1, seq: held?.seq ?? -1 },
      ...{ exact: true, isUnseen },
    });
  }

  #letGo(session: Session, feed: SymbolFeed): void {
    this.#deps.replays.detach(session, feed);
    this.#deps.feeds.release(feed);
    session.counts.subscriptions--;
  }

  #takeAway(session: Session, reason: UnsubscribeReason, isTaken: (feed: SymbolFeed) => boolean): void {
    const taken = [...session.attachments.values()].map(({ feed }) => feed).filter(isTaken);
    for (const feed of taken) this.#letGo(session, feed);
    const symbols = taken.map(({ symbol }) => symbol);
    if (symbols.length > 0) session.answer({ type: 'unsubscribed', symbols, reason });
  }

  #slowDown(session: Session): void {
    const isTooFast = ({ classMs, isRestricted }: Attachment): boolean =>
      classMs !== classFor(session, classMs) || (session.restriction !== undefined && !isRestricted);
    const byClass = new Map<FrequencyClassMs, Attachment[]>();
    for (const attachment of [...session.attachments.values()].filter(isTooFast)) {
      const classMs = classFor(session, attachment.classMs);
      byClass.set(classMs, [...(byClass.get(classMs) ?? []), attachment]);
    }
    for (const [classMs, tooFast] of byClass) this.#slowDownTo(session, classMs, tooFast);
  }

  #slowDownTo(session: Session, classMs: FrequencyClassMs, tooFast: readonly Attachment[]): void {
    const symbols = createBySymbol<SubscribedSymbol>();
    for (const { feed } of tooFast) symbols[feed.symbol] = { ...positionOf(feed), recovered: true };
    session.answer({ type: 'subscribed', symbols, ...servedAs(classMs, session.delayedMinutes) });
    for (const { feed } of tooFast) this.#deps.replays.move(session, feed, classMs);
  }

  #answer(
    session: Session,
    message: SubscribeMessage,
    { symbols, rejected, read }: SubscribePlan,
    trace: SubscribeTrace | undefined,
  ): void {
    if (!session.open) {
      for (const { feed } of symbols) this.#deps.feeds.release(feed);
      trace?.left();
      return;
    }
    const ready = symbols.map(({ feed, since }) => ({
      feed,
      since,
      resume: since && judgeResume(feed.window, since),
      first: firstPriceOf(feed, this.#deps.windows.of(session, feed)),
    }));
    const classMs = classFor(session, message.frequency ?? 0);
    session.corked(() => {
      session.answer(subscribedMessage(message, servedAs(classMs, session.delayedMinutes), ready, rejected));
      sendErrors(session, message, rejected);
      chargeRejections(session, rejected);
      this.#deps.staleness.tell(
        session,
        ready.map(({ feed }) => feed.symbol),
      );
      sendFirstPrices(session, ready, this.#deps.staleness);
      const begin = (): void => {
        for (const one of ready) this.#attach(session, one, classMs);
        this.#deps.replays.start(session);
      };
      if (trace === undefined) begin();
      else session.trace?.causing(trace.context, begin);
    });
    trace?.answered(ready, rejected, read);
  }
}

/** How often and how late the session gets what it asked for. */
type Served = ReturnType<typeof servedAs>;

function subscribedMessage(
  message: SubscribeMessage,
  served: Served,
  ready: readonly Ready[],
  rejected: readonly Rejection[],
): SubscribedMessage {
  const symbols = createBySymbol<SubscribedSymbol>();
  for (const one of ready) symbols[one.feed.symbol] = subscribedSymbol(one);
  return {
    type: 'subscribed',
    ...(message.id !== undefined && { id: message.id }),
    symbols,
    ...served,
    ...(rejected.length > 0 && { rejected }),
  };
}

function subscribedSymbol({ since, resume, first }: Ready): SubscribedSymbol {
  const position = resume === 'continue' ? newerOf(since, first.position) : first.position;
  return { ...positionAs(position), ...(resume !== undefined && { recovered: resume === 'continue' }) };
}

function positionOf({ window: { position } }: SymbolFeed): { readonly position?: string } {
  return positionAs(position);
}

function positionAs(position: Position | undefined): { readonly position?: string } {
  return position === undefined ? {} : { position: formatPosition(position) };
}

/** The class that serves a wish, as far as the session's user is entitled to it. */
function classFor({ restriction }: Session, wishMs: number): FrequencyClassMs {
  return restriction === undefined ? frequencyClassOf(wishMs) : restrictedClassOf(restriction, wishMs);
}

/** Each refused symbol gets an `error` of its own as well, up to a bound; `rejected` has them all. */
function sendErrors(
  session: Session,
  message: SubscribeMessage | UnsubscribeMessage,
  rejected: readonly Rejection[],
): void {
  for (const { symbol, code, message: problem } of rejected.slice(0, errorsPerRequestMax))
    session.refuse(code, problem, { symbol, ...(message.id !== undefined && { id: message.id }) });
}

/** The last known price of each symbol that is not continued, after a `reset` where the client held one. */
function sendFirstPrices(session: Session, ready: readonly Ready[], staleness: Pick<Staleness, 'has'>): void {
  let snapshots = createBySymbol<PriceUpdate>();
  let count = 0;
  const send = (): void => {
    if (count > 0) session.answer({ type: 'price_update', data: snapshots });
    snapshots = createBySymbol();
    count = 0;
  };
  for (const { feed, resume, first } of ready) {
    if (resume === 'continue') continue;
    if (resume !== undefined) {
      session.counts.resets[resume]++;
      session.answer(resetMessage(feed, resume, first.position));
    }
    if (first.shown === undefined) continue;
    const snapshot = snapshotOfShown(first.shown);
    snapshots[feed.symbol] = staleness.has(feed.symbol) ? { ...snapshot, stale: true } : snapshot;
    if (++count === snapshotsPerFrame) send();
  }
  send();
}

/**
 * An object that V8 keeps as a table from the beginning. In a literal each set of symbols makes hidden classes
 * of its own: an answer with 5 of 50,000 symbols and their prices took 30 µs to make and encode, this one 12.
 */
function createBySymbol<Value>(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>;
}
