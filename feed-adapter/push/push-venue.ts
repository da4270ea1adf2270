import type { TickInput } from '#feed-adapter/source-definition.ts';
import type { Venue, VenueTick } from '#feed-adapter/venues/venue.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { AwaitedTick, type PushOutcome } from './awaited-tick.ts';

/** Takes the ticks that are pushed to this process; shared by the HTTP server and the push venue. */
export interface PushReceiver {
  /**
   * Takes all of the ticks, each with an outcome of its own, or none of them: `standby` while another
   * process leads the push source, `full` while so many do not fit in the queue.
   */
  offer(ticks: readonly VenueTick[]): PushOffer | 'standby' | 'full';
  /** The push source's venue: ticks are taken from its start to its stop. */
  createVenue(input: TickInput): Venue;
}

/** Ticks that were taken, and what becomes of them. */
export interface PushOffer {
  /** As it is known now; in the order of the ticks. */
  outcomes(): readonly PushOutcome[];
  /** Resolves when none waits any more. That may take as long as Redis is away: the caller sets a deadline. */
  readonly settled: Promise<void>;
}

/** @param symbols those that may be pushed */
export function createPushReceiver(symbols: readonly StockSymbol[]): PushReceiver {
  /** Where ticks go; undefined while this process does not lead the push source. */
  let current: TickInput | undefined;
  /** Those with a trade id, by symbol and id. Never more than the queue holds. */
  const waiting = new Map<string, AwaitedTick>();

  function offer(ticks: readonly VenueTick[]): PushOffer | 'standby' | 'full' {
    if (current === undefined) return 'standby';
    const input = current;
    // Asked before the first is taken: the pusher repeats a refused request as a whole.
    if (input.room() < ticks.length) return 'full';
    const taken = ticks.map((tick) => take(tick, input));
    const awaited = taken.filter((one) => one instanceof AwaitedTick);
    return {
      outcomes: () => taken.map((one) => (one instanceof AwaitedTick ? one.outcome : one)),
      settled: Promise.all(awaited.map((one) => one.settled)).then(() => undefined),
    };
  }

  /** A trade that is sent again while it waits has the outcome of the first: it is the same one. */
  function take(tick: VenueTick, { accept }: TickInput): AwaitedTick | PushOutcome {
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

  function createVenue(input: TickInput): Venue {
    return {
      symbols,
      repeats: true,
      start(sink) {
        current = input;
        sink.state('live');
      },
      async stop() {
        current = undefined;
      },
    };
  }

  return { offer, createVenue };
}
