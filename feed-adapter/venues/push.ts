import type { StockSymbol } from '#protocol/symbol.ts';
import type { Entrance } from '../source-definition.ts';
import type { Venue, VenueTick } from '../venue.ts';

/** Where ticks that are pushed to this process go in; shared by the HTTP server and the push venue. */
export interface PushDoor {
  /**
   * Takes all of the ticks, each with an answer of its own, or none of them: `standby` while another
   * process leads the push source, `full` while so many do not fit in the queue.
   */
  offer(ticks: readonly VenueTick[]): readonly PushAnswer[] | 'standby' | 'full';
  /** The push source's venue: the door is open from its start to its stop. */
  createVenue(entrance: Entrance): Venue;
}

export type PushAnswer = ReturnType<Entrance['accept']>;

/** @param symbols those that may be pushed */
export function createPushDoor(symbols: readonly StockSymbol[]): PushDoor {
  let open: Entrance | undefined;

  function offer(ticks: readonly VenueTick[]): readonly PushAnswer[] | 'standby' | 'full' {
    if (open === undefined) return 'standby';
    const { accept, room } = open;
    // Asked before the first is taken: the pusher repeats a refused request as a whole.
    if (room() < ticks.length) return 'full';
    return ticks.map((tick) => accept(tick));
  }

  function createVenue(entrance: Entrance): Venue {
    return {
      symbols,
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
