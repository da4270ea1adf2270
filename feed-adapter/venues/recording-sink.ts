import type { StockSymbol } from '#protocol/symbol.ts';
import type { VenueRejection, VenueSink, VenueState, VenueTick } from './venue.ts';

/** A sink for tests: keeps everything that a venue reports. */
export class RecordingSink implements VenueSink {
  readonly ticks: VenueTick[] = [];
  readonly rejections: VenueRejection[] = [];
  /** `live`, or `stale: why`. */
  readonly states: string[] = [];
  missed = 0;

  tick(tick: VenueTick): void {
    this.ticks.push(tick);
  }

  rejected(reason: VenueRejection): void {
    this.rejections.push(reason);
  }

  gap(_symbol: StockSymbol, missed: number): void {
    this.missed += missed;
  }

  state(state: VenueState, problem?: string): void {
    this.states.push(problem === undefined ? state : `${state}: ${problem}`);
  }
}
