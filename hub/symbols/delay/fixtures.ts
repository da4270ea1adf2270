import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HistoryEntry, LiveFeed, LiveReceiver } from '#fanout/ports.ts';
import { unrestricted } from '#hub/auth/entitlements.ts';
import {
  aapl,
  createSmallHub,
  type FakeSocket,
  noBarrier,
  type SmallHub,
  testFeedLimits,
  tickOf,
} from '#hub/fixtures.ts';
import { Replays } from '#hub/recovery/replays.ts';
import { createTimeShare } from '#hub/recovery/time-share.ts';
import { Subscriptions } from '#hub/requests/subscriptions.ts';
import type { Session } from '#hub/session/session.ts';
import type { DelayMinutes } from '#hub/symbols/delay-classes.ts';
import { codecs } from '#protocol/codec.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';
import { encodeTick } from '#protocol/tick-payload.ts';
import { createLogger } from '#runtime/logger.ts';
import { createFeedsByDelay, type FeedsByDelay, type FeedsByDelayLimits } from './feeds-by-delay.ts';

/** What the tests of delays share: one symbol and its clients, live and delayed, with a clock that the test moves. */

/** What a minute of delay takes by the test's clock; ms. */
export const minuteMs = 1000;

/** For tests: small bounds, with a minute of delay of `minuteMs`. */
export const delayLimits: FeedsByDelayLimits = {
  ...testFeedLimits,
  ...{ historyReadsMax: 8, batchItemsMax: 10, batchesMax: 2, lingerMs: 5000 },
  ...{ delayMinuteMs: minuteMs, delayedEntriesMax: 3, delayedRetryMs: 100 },
};

/** For tests: a session, and the socket that shows what it was sent. */
export interface DelayedClient {
  readonly session: Session;
  readonly socket: FakeSocket;
}

/** For tests: a hub in memory whose clock is set by hand, with live and delayed clients. */
export class DelayScene {
  readonly hub: SmallHub = createSmallHub();
  readonly feeds: FeedsByDelay;
  readonly subscriptions: Subscriptions;
  /** Everything that was ever published, by position. */
  readonly published = new Map<string, Tick>();
  /** How far somebody has set the wall clocks ahead of the time that goes by. */
  hubAheadMs = 0;
  adapterAheadMs = 0;
  readonly #replays: Replays;
  readonly #receivers = new Map<StockSymbol, LiveReceiver>();
  #epoch = 7;
  #seq = -1;

  constructor() {
    const { hub } = this;
    const elapsedMs = (): number => hub.now;
    const now = (): number => hub.now + this.hubAheadMs;
    const history = {
      after: hub.history.after.bind(hub.history),
      before: hub.history.before.bind(hub.history),
      newest: (requests: readonly { symbol: StockSymbol; entriesMax: number }[]) =>
        Promise.all(requests.map(({ symbol, entriesMax }) => hub.history.newest(symbol, entriesMax))),
    };
    this.feeds = createFeedsByDelay(
      {
        ...{
          live: this.#live(),
          history,
          counts: hub.counts,
          now,
          elapsedMs,
          log: createLogger('test', 'silent'),
        },
        ...{ groupOf: () => 0, observeLatency: () => undefined, random: Math.random },
      },
      delayLimits,
    );
    const forever = { atLeastMs: 1000, share: 1, atMostMs: 1000 };
    this.#replays = new Replays(
      {
        groups: hub.groups,
        windows: hub.windows,
        barrier: noBarrier,
        time: createTimeShare(elapsedMs, forever),
        startTime: createTimeShare(elapsedMs, forever),
      },
      { replayBufferBytes: 1_000_000, replayVisitUpdatesMax: 1000 },
    );
    this.subscriptions = new Subscriptions(
      {
        catalogue: {
          ...{ has: () => true, sourceOf: () => 'test', sourceNames: new Set(['test']) },
          ...{ entries: [], refresh: async () => undefined },
        },
        feeds: this.feeds,
        replays: this.#replays,
        windows: hub.windows,
        staleness: { has: () => false, tell: () => undefined },
      },
      { symbolsMax: 10, subscribeTimeoutMs: 60_000 },
    );
  }

  connect(delayedMinutes: DelayMinutes, frequencyMinMs = 0, user = 'ann'): DelayedClient {
    const client = this.hub.connect(codecs.json);
    this.entitle(client, delayedMinutes, frequencyMinMs, user);
    return client;
  }

  /** The client has a token with this delay, and of no more than this frequency, from now on. */
  entitle({ session }: DelayedClient, delayedMinutes: DelayMinutes, frequencyMinMs = 0, user = 'ann'): void {
    const entitlements = { ...unrestricted, delayedMinutes, frequencyMinMs };
    session.identity = { user, expiresAt: Number.POSITIVE_INFINITY, entitlements, claim: undefined };
    this.subscriptions.entitle(session);
  }

  async subscribe({ session }: DelayedClient, since?: string, frequency = 0): Promise<void> {
    const wish = { symbols: [aapl], frequency, ...(since !== undefined && { since: { [aapl]: since } }) };
    const answered = this.subscriptions.subscribe(session, { type: 'subscribe', ...wish });
    await this.step(0);
    await answered;
  }

  /** One tick, which the adapter read `lagMs` ago. */
  publish(lagMs = 0): HistoryEntry {
    const position = { epoch: this.#epoch, seq: ++this.#seq };
    const tick = tickOf(this.#seq, {
      price: this.published.size + 1,
      receivedAt: this.hub.now + this.adapterAheadMs - lagMs,
    });
    this.published.set(`${position.epoch}-${position.seq}`, tick);
    this.hub.history.entries.push({ position, tick });
    const payload = encodeTick(tick);
    this.#receivers.get(aapl)?.accept(payload, 0, payload.length, position.epoch, position.seq);
    return { position, tick };
  }

  /** The history begins again; what is there stays. */
  beginEpoch(): void {
    this.#epoch++;
    this.#seq = -1;
  }

  /** All but the newest `kept` entries go. */
  trim(kept: number): void {
    const { entries } = this.hub.history;
    entries.splice(0, Math.max(0, entries.length - kept));
  }

  /** So much time goes by, and the hub does what is due then. */
  async step(ms: number): Promise<void> {
    this.hub.now += ms;
    this.feeds.look();
    await nextTurn();
    this.hub.turn();
    this.#replays.turn();
    this.feeds.sweep(this.hub.now);
    await nextTurn();
  }

  #live(): LiveFeed {
    let receiverOf = (_symbol: StockSymbol): LiveReceiver | undefined => undefined;
    return {
      listen: (listener) => {
        receiverOf = listener.receiverOf;
      },
      subscribe: async (symbols) => {
        for (const symbol of symbols) {
          const receiver = receiverOf(symbol);
          if (receiver !== undefined) this.#receivers.set(symbol, receiver);
        }
      },
      unsubscribe: (symbols) => {
        for (const symbol of symbols) this.#receivers.delete(symbol);
      },
      silentParts: () => [],
      partCount: () => 1,
      partOf: () => undefined,
    };
  }
}
