import type { VenueRejection, VenueSink, VenueTick } from './venue.ts';

/** What a mapper makes of a message: a tick, why there is none, or undefined where it brings nothing new. */
export type Mapped = VenueTick | VenueRejection | undefined;

/** Tells the sink what came of a message. */
export function tellMapped(mapped: Mapped, sink: Pick<VenueSink, 'tick' | 'rejected'>): void {
  if (typeof mapped === 'string') sink.rejected(mapped);
  else if (mapped !== undefined) sink.tick(mapped);
}
