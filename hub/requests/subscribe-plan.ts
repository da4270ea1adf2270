import { FanoutError } from '#fanout/ports.ts';
import type { Session } from '#hub/session/session.ts';
import type { FeedsByDelay } from '#hub/symbols/delay/feeds-by-delay.ts';
import { type HistoryRead, noRead, sumOfReads } from '#hub/symbols/history-read.ts';
import type { SymbolFeed } from '#hub/symbols/symbol-feed.ts';
import type { Feeds } from '#hub/symbols/symbol-feeds.ts';
import type { Rejection, SubscribeMessage } from '#protocol/messages.ts';
import { type Position, parsePosition } from '#protocol/position.ts';
import { parseSymbol, type StockSymbol } from '#protocol/symbol.ts';
import type { Catalogue } from './catalogue.ts';
import { rejectionOf } from './rejections.ts';

export interface SubscribePlanLimits {
  /** Symbols that one socket may hold. */
  readonly symbolsMax: number;
  /** How long the fanout may answer nothing before a subscription that waits for it is refused as `unavailable`. */
  readonly subscribeTimeoutMs: number;
}

export interface SubscribePlanDeps {
  readonly catalogue: Catalogue;
  readonly feeds: FeedsByDelay;
}

/**
 * Symbols of one request that are looked at, for each that a socket may hold; the others are refused in one.
 * A request of 64 KiB may name 32,000, and to refuse them one by one took the event loop 118 ms.
 */
const lookedAtPerSlot = 2;

/** A symbol of a subscribe that passed the first look; its feed is held for the request. */
export interface PlannedSymbol {
  readonly feed: SymbolFeed;
  /** Where the client says it stands. */
  readonly since: Position | undefined;
}

/** What is to become of the symbols of a subscribe. */
export interface SubscribePlan {
  /** Those that are held for the request, until they are attached or released. */
  readonly symbols: readonly PlannedSymbol[];
  readonly rejected: readonly Rejection[];
  /** What was read of the history for it. */
  readonly read: HistoryRead;
}

/** Sorts the symbols of a request; each bad one fails alone. */
export function planSubscribe(
  session: Session,
  message: SubscribeMessage,
  deps: SubscribePlanDeps,
  limits: SubscribePlanLimits,
): SubscribePlan {
  const { values, unread } = boundedSymbols(message, limits);
  const rejected: Rejection[] = [...unread];
  const planned = new Map<StockSymbol, PlannedSymbol>();
  let free = limits.symbolsMax - session.attachments.size;
  for (const value of values) {
    const symbol = parseSymbol(value);
    if (symbol === undefined) rejected.push(rejectionOf(value, 'invalid_symbol'));
    else if (session.identity?.entitlements.allows(symbol) !== true)
      rejected.push(rejectionOf(symbol, 'not_entitled')); // first, so that it tells nothing of the catalogue
    else if (!deps.catalogue.has(symbol)) rejected.push(rejectionOf(symbol, 'unknown_symbol'));
    else if (!planned.has(symbol)) {
      const sinceValue = sinceOf(message, symbol);
      const since = parsePosition(sinceValue);
      const isNew = !session.attachments.has(symbol);
      if (sinceValue !== undefined && since === undefined)
        rejected.push(rejectionOf(symbol, 'invalid_position'));
      else if (isNew && free <= 0) rejected.push(rejectionOf(symbol, 'symbol_limit'));
      else {
        planned.set(symbol, { feed: deps.feeds.hold(symbol, session.delayedMinutes, since), since });
        if (isNew) free--;
      }
    }
  }
  return { symbols: [...planned.values()], rejected, read: noRead };
}

/** The symbols of a request that are looked at, and one rejection for all others. */
export function boundedSymbols(
  { symbols }: { readonly symbols: readonly unknown[] },
  { symbolsMax }: Pick<SubscribePlanLimits, 'symbolsMax'>,
): { readonly values: readonly unknown[]; readonly unread: readonly Rejection[] } {
  const lookedAt = lookedAtPerSlot * symbolsMax;
  const left = symbols.length - lookedAt;
  if (left <= 0) return { values: symbols, unread: [] };
  return { values: symbols.slice(0, lookedAt), unread: [rejectionOf(`${left} symbols`, 'symbol_limit')] };
}

/** What waiting for feeds asks of them. */
export type OpeningFeeds = Pick<Feeds, 'isOpen' | 'opened' | 'idleMs' | 'release'>;

/** Nothing has to be waited for: the feeds are open and reach to where the client stands, or never will. */
export function isPrepared({ symbols }: SubscribePlan, feeds: Pick<Feeds, 'isOpen'>): boolean {
  return symbols.every(
    ({ feed, since }) => feeds.isOpen(feed) && (since === undefined || feed.window.reaches(since)),
  );
}

/**
 * Waits until every symbol is prepared. In the plan that it returns are those that were; the others are released and
 * rejected: those that the fanout refuses, and those that wait when it has answered nothing for `timeoutMs`. That it has
 * much to do is no reason to refuse: symbols are opened in the order in which they were asked for.
 */
export function prepare(plan: SubscribePlan, feeds: OpeningFeeds, timeoutMs: number): Promise<SubscribePlan> {
  const waiting = new Set(plan.symbols);
  const prepared = new Map<PlannedSymbol, HistoryRead>();
  return new Promise((resolve, reject) => {
    const end = (): void => {
      if (waiting.size > 0) return;
      cancel();
      const lost = plan.symbols.filter((each) => !prepared.has(each));
      resolve({
        symbols: plan.symbols.filter((each) => prepared.has(each)),
        rejected: [...plan.rejected, ...lost.map(({ feed }) => rejectionOf(feed.symbol, 'unavailable'))],
        read: sumOfReads(plan.read, ...prepared.values()),
      });
    };
    const giveUp = (one: PlannedSymbol): void => {
      if (!waiting.delete(one)) return;
      feeds.release(one.feed);
      end();
    };
    const cancel = whenInVain(feeds, timeoutMs, (isInVain) => {
      for (const one of waiting) if (isInVain(one.feed)) giveUp(one);
    });
    const settle = (one: PlannedSymbol, read: HistoryRead): void => {
      if (!waiting.delete(one)) return; // given up meanwhile
      prepared.set(one, read);
      end();
    };
    const failed = (one: PlannedSymbol, error: unknown): void => {
      if (error instanceof FanoutError) giveUp(one);
      else {
        cancel();
        reject(error);
      }
    };
    for (const one of plan.symbols)
      prepareOne(one, feeds).then(
        (read) => settle(one, read),
        (error: unknown) => failed(one, error),
      );
  });
}

/**
 * Calls `look` after `timeoutMs`, and then whenever waiting may have become vain, with the judgement of a
 * feed: in vain when the fanout answers nobody, or not for this one. Returns what ends it.
 */
function whenInVain(
  feeds: Pick<Feeds, 'idleMs'>,
  timeoutMs: number,
  look: (isInVain: (feed: SymbolFeed) => boolean) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const wait = (ms: number): void => {
    timer = setTimeout(() => {
      const idleMs = feeds.idleMs();
      wait(idleMs < timeoutMs ? timeoutMs - idleMs : timeoutMs);
      look((feed) => idleMs >= timeoutMs || feed.failing);
    }, ms);
  };
  wait(timeoutMs);
  return () => clearTimeout(timer);
}

async function prepareOne(
  { feed, since }: PlannedSymbol,
  feeds: Pick<Feeds, 'opened'>,
): Promise<HistoryRead> {
  await feeds.opened(feed);
  return since === undefined ? noRead : feed.reach(since);
}

function sinceOf(message: SubscribeMessage, symbol: StockSymbol): unknown {
  return message.since !== undefined && Object.hasOwn(message.since, symbol)
    ? message.since[symbol]
    : undefined;
}
