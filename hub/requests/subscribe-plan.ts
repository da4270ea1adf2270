import { FanoutError } from '#fanout/ports.ts';
import { isAhead, judgeResume, needsReading } from '#hub/recovery/resume.ts';
import type { Session } from '#hub/session/session.ts';
import type { FeedsByDelay } from '#hub/symbols/delay/feeds-by-delay.ts';
import { addRead, type HistoryRead } from '#hub/symbols/history-read.ts';
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

/** Sorts the symbols of a request; each bad one adds a rejection and fails alone. */
export function planSymbols(
  session: Session,
  message: SubscribeMessage,
  rejected: Rejection[],
  deps: SubscribePlanDeps,
  limits: SubscribePlanLimits,
): PlannedSymbol[] {
  const wanted = new Map<StockSymbol, PlannedSymbol>();
  let free = limits.symbolsMax - session.attachments.size;
  for (const value of boundedSymbols(message, rejected, limits)) {
    const symbol = parseSymbol(value);
    if (symbol === undefined) rejected.push(rejectionOf(value, 'invalid_symbol'));
    else if (session.identity?.entitlements.allows(symbol) !== true)
      rejected.push(rejectionOf(symbol, 'not_entitled')); // first, so that it tells nothing of the catalogue
    else if (!deps.catalogue.has(symbol)) rejected.push(rejectionOf(symbol, 'unknown_symbol'));
    else if (!wanted.has(symbol)) {
      const sinceValue = sinceOf(message, symbol);
      const since = parsePosition(sinceValue);
      const isNew = !session.attachments.has(symbol);
      if (sinceValue !== undefined && since === undefined)
        rejected.push(rejectionOf(symbol, 'invalid_position'));
      else if (isNew && free <= 0) rejected.push(rejectionOf(symbol, 'symbol_limit'));
      else {
        wanted.set(symbol, { feed: deps.feeds.hold(symbol, session.delayedMinutes, since), since });
        if (isNew) free--;
      }
    }
  }
  return [...wanted.values()];
}

/** The symbols of a request that are looked at; the others add one rejection. */
export function boundedSymbols(
  { symbols }: { readonly symbols: readonly unknown[] },
  rejected: Rejection[],
  { symbolsMax }: Pick<SubscribePlanLimits, 'symbolsMax'>,
): readonly unknown[] {
  const lookedAt = lookedAtPerSlot * symbolsMax;
  const unread = symbols.length - lookedAt;
  if (unread <= 0) return symbols;
  rejected.push(rejectionOf(`${unread} symbols`, 'symbol_limit'));
  return symbols.slice(0, lookedAt);
}

/** What waiting for feeds asks of them. */
export type OpeningFeeds = Pick<Feeds, 'isOpen' | 'opened' | 'idleMs' | 'release'>;

/** Nothing has to be waited for: the feed is open and reaches to where the client stands, or never will. */
export function isPrepared({ feed, since }: PlannedSymbol, feeds: Pick<Feeds, 'isOpen'>): boolean {
  return feeds.isOpen(feed) && (since === undefined || !needsReading(judgeResume(feed.window, since)));
}

/**
 * Waits until every symbol is prepared. Returns those that were; the others are released and rejected: those
 * that the fanout refuses, and those that wait when it has answered nothing for `timeoutMs`. That it has much
 * to do is no reason to refuse: symbols are opened in the order in which they were asked for.
 * @param read gets what was read back for them
 */
export function prepareAll(
  wanted: readonly PlannedSymbol[],
  rejected: Rejection[],
  feeds: OpeningFeeds,
  timeoutMs: number,
  read: HistoryRead,
): Promise<readonly PlannedSymbol[]> {
  const waiting = new Set(wanted);
  const lost = new Set<PlannedSymbol>();
  return new Promise((resolve, reject) => {
    const giveUp = (one: PlannedSymbol): void => {
      if (!waiting.has(one)) return;
      lost.add(one);
      feeds.release(one.feed);
      rejected.push(rejectionOf(one.feed.symbol, 'unavailable'));
      settle(one);
    };
    const cancel = whenInVain(feeds, timeoutMs, (isInVain) => {
      for (const one of waiting) if (isInVain(one.feed)) giveUp(one);
    });
    const settle = (one: PlannedSymbol): void => {
      if (!waiting.delete(one) || waiting.size > 0) return;
      cancel();
      resolve(wanted.filter((each) => !lost.has(each)));
    };
    const failed = (one: PlannedSymbol, error: unknown): void => {
      if (error instanceof FanoutError) giveUp(one);
      else {
        cancel();
        reject(error);
      }
    };
    for (const one of wanted)
      prepare(one, feeds, read).then(
        () => settle(one),
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

async function prepare(
  { feed, since }: PlannedSymbol,
  feeds: Pick<Feeds, 'opened'>,
  read: HistoryRead,
): Promise<void> {
  await feeds.opened(feed);
  if (since === undefined) return;
  if (isAhead(feed.window, since)) await feed.reachAhead(() => isAhead(feed.window, since));
  const resume = judgeResume(feed.window, since);
  // What is in memory already is held too: while other symbols are waited for, it would be let go.
  if (resume === 'reach_back' || resume === 'continue') addRead(read, await feed.reachBack(since.seq + 1));
}

function sinceOf(message: SubscribeMessage, symbol: StockSymbol): unknown {
  return message.since !== undefined && Object.hasOwn(message.since, symbol)
    ? message.since[symbol]
    : undefined;
}
