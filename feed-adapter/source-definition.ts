import type { NormaliserRejection } from './normalise/normaliser.ts';
import type { Receipt } from './normalise/pending-tick.ts';
import type { Venue, VenueTick } from './venues/venue.ts';

/** A source as it is configured: an id, and how to make its venue. */
export interface SourceDefinition {
  /** Venue name, or `name:label`; the same in each process that shall take over from another. */
  readonly source: string;
  /** A new venue, not started. `input` is for venues that answer those who push ticks to them. */
  readonly createVenue: (input: TickInput) => Venue;
}

/** Takes a tick as `VenueSink.tick` does, but answers. */
export interface TickInput {
  /**
   * `queued`: it waits to be published, and `receipt` learns its outcome. `closed`: this instance does not
   * lead the source.
   */
  accept(message: VenueTick, receipt?: Receipt): 'queued' | 'closed' | NormaliserRejection;
  /** Ticks that fit before older ones are dropped; 0 when this instance does not lead. */
  room(): number;
}
