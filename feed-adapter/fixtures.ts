import { parseSymbol, type StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';
import type { SourceMetrics } from './source-meter.ts';
import type { LastNumbers, Venue, VenueSink, VenueTick } from './venues/venue.ts';

/** Unix ms of a trade in tests: the fake clock's first moment. */
export const noon = 1_731_000_000_000;

/** A symbol of a test; throws when the test wrote none. */
export function symbolOf(name: string): StockSymbol {
  const symbol = parseSymbol(name);
  if (symbol === undefined) throw new Error(`not a symbol: ${name}`);
  return symbol;
}

/** For tests: the symbols of these names; throws where one is none. */
export function symbolsOf(...names: readonly string[]): readonly StockSymbol[] {
  return names.map(symbolOf);
}

/** A trade of AAPL at 150, with what the test is about written over it. */
export function trade(over: Partial<VenueTick> = {}): VenueTick {
  return { symbol: 'AAPL', price: 150, size: 10, venueTime: noon, ...over };
}

/** A tick as the normaliser makes it. */
export function tick(name: string, price: number, over: Partial<Tick> = {}): Tick {
  const clocks = { venueTime: noon, receivedAt: noon };
  return { symbol: symbolOf(name), price, source: 'test', ...clocks, flags: 0, ...over };
}

/** A venue that is driven by the test. */
export class ScriptedVenue implements Venue {
  readonly symbols: readonly StockSymbol[];
  sink: VenueSink | undefined;
  losses?: 'numbered' | 'hidden';
  /** The last numbers that it was started with. */
  last: LastNumbers | undefined;
  stopped = false;

  constructor(...names: readonly string[]) {
    this.symbols = symbolsOf(...names);
  }

  /** Whether it was started and not yet stopped. */
  get running(): boolean {
    return this.sink !== undefined && !this.stopped;
  }

  start(sink: VenueSink, last?: LastNumbers): void {
    this.sink = sink;
    this.last = last;
    sink.state('live');
  }

  async stop(): Promise<void> {
    this.stopped = true;
  }
}

const nothing = (): undefined => undefined;

/** Metrics that nobody reads. */
export const noMetrics: SourceMetrics = {
  ...{ received: nothing, rejected: nothing, venueDelay: nothing, published: nothing, dropped: nothing },
  ...{
    conflated: nothing,
    compacted: nothing,
    retried: nothing,
    venueGap: nothing,
    reconnected: nothing,
    leading: nothing,
    symbolsRefused: nothing,
    leadershipEnded: nothing,
  },
};
