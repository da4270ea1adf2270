import type { IntakeRejection } from './normalise/normaliser.ts';
import type { Receipt } from './normalise/pending-tick.ts';
import type { Venue, VenueTick } from './venues/venue.ts';

/** A source as it is configured: an id, and how to make its venue. */
export interface SourceDefinition {
  /** Venue name, or `name:label`; the same in each process that shall take over from another. */
  readonly source: string;
  /** A new venue, not started. `entrance` is for venues that answer whoever brings them ticks. */
  readonly createVenue: (entrance: Entrance) => Venue;
}

/** The same way in as `VenueSink.tick`, but one that answers. */
export interface Entrance {
  /**
   * `queued`: it waits to be published, and `receipt` is told what becomes of it. `closed`: this instance does not
   * lead the source.
   */
  accept(message: VenueTick, receipt?: Receipt): 'queued' | 'closed' | IntakeRejection;
  /** Ticks that fit before older ones are given up; 0 when this instance does not lead. */
  room(): number;
}
