import type { IntakeRejection } from '#feed-adapter/normalise/normaliser.ts';
import type { Entrance } from '#feed-adapter/source-definition.ts';
import type { Venue, VenueTick } from '#feed-adapter/venues/venue.ts';
import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { AwaitedTick } from './awaited-tick.ts';

/** Where ticks that are pushed to this process go in; shared by the HTTP server and the push venue. */
export interface PushDoor {
  /**
   * Takes all of the ticks, each with an outcome of its own, or none of them: `standby` while another
   * process leads the push source, `full` while so many do not fit in the queue.
   */
  offer(ticks: readonly VenueTick[]): PushOffer | 'standby' | 'full';
  /** The push source's venue: the door is open from its start to its stop. */
  createVenue(entrance: Entrance): Venue;
}

/** Ticks that were taken, and what becomes of them. */
export interface PushOffer {
  /** As it is known now; in the order of the ticks. */
  outcomes(): readonly PushOutcome[];
  /** Resolves when none waits any more. That may take as long as Redis is away: whoever waits sets a time. */
  readonly settled: Promise<void>;
}

export type PushOutcome =
  /** It is in Redis; without `position` where Redis' answer was lost. */
  | { readonly state: 'published'; readonly position?: Position }
  | { readonly state: 'waiting' }
  | { readonly state: 'rejected'; readonly code: IntakeRejection | 'closed' | 'not_published' };

/** @param symbols those that may be pushed */
export function createPushDoor(symbols: readonly StockSymbol[]): PushDoor {
  let open: Entrance | undefined;
  /** Those with a trade id, by symbol and id. Never more than the queue holds. */
  const waiting = new Map<string, AwaitedTick>();

  function offer(ticks: readonly VenueTick[]): PushOffer | 'standby' | 'full' {
    if (open === undefined) return 'standby';
    const entrance = open;
    // Asked before the first is taken: the pusher repeats a refused request as a whole.
    if (entrance.room() < ticks.length) return 'full';
    const taken = ticks.map((tick) => take(tick, entrance));
    const awaited = taken.filter((one) => one instanceof AwaitedTick);
    return {
      outcomes: () => taken.map((one) => (one instanceof AwaitedTick ? one.outcome : one)),
      settled: Promise.all(awaited.map((one) => one.settled)).then(() => undefined),
    };
  }

  /** A trade that is sent again while it waits has the outcome of the first: it is the same one. */
  function take(tick: VenueTick, { accept }: Entrance): AwaitedTick | PushOutcome {
    const awaited = new AwaitedTick();
    const answer = accept(tick, awaited);
    const trade = tick.tradeId === undefined ? undefined : `${tick.symbol} ${tick.tradeId}`;
    if (answer !== 'queued') {
      const first = answer === 'duplicate_trade' && trade !== undefined ? waiting.get(trade) : undefined;
      return first ?? { state: 'rejected', code: answer };
    }
    if (trade !== undefined) {
      waiting.set(trade, awaited);
      void awaited.settled.then(() => waiting.delete(trade));
    }
    return awaited;
  }

  function createVenue(entrance: Entrance): Venue {
    return {
      symbols,
      repeats: true,
      start(sink) {
        open = entrance;
        sink.state('live');
      },
      async stop() {
        open = undefined;
      },
    };
  }

  return { offer, createVenue };
}
