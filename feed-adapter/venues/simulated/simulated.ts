import type { Cancel, Clock } from '#feed-adapter/clock.ts';
import type { Venue, VenueSink } from '#feed-adapter/venues/venue.ts';
import { createBacklog } from './backlog.ts';
import { LeftOut } from './left-out.ts';
import { MarketTime } from './market-time.ts';
import { type MarketOptions, SimulatedMarket } from './simulated-market.ts';
import { listingsMax } from './simulated-symbols.ts';

/** `symbols` 1 … 100,000; `ticksPerSecond` 0.1 … 200,000; the same `seed` gives the same ticks. */
export type SimulatedOptions = MarketOptions;

/** The clock that ticks are made by, and the room for them. */
export interface SimulatedDeps {
  readonly clock: Clock;
  /** Ticks that fit into the publish queue before older ones are dropped. */
  readonly room: () => number;
}

/** Bounds of what the options may ask for. */
export const simulatedRanges = {
  symbols: { min: 1, max: listingsMax },
  ticksPerSecond: { min: 0.1, max: 200_000 },
} as const;

/** How often the ticks that are due are brought, together. */
const turnMs = 4;
/** Trading that is further behind than this is left out. */
const behindMaxMs = 1000;
/** Of the market's time, in one turn: more would block the event loop, and then more would be due. */
const turnWorthMs = 20;
/** A steady market waits while the publish queue holds more than its trading of so long. */
const backlogMs = 250;

/**
 * Made-up prices, for trying out and for load. Every tick has the flag `simulated`, a price in cents
 * between bid and ask, and a trade id above all before it, those of an earlier run included. Each symbol begins with an
 * opening price, at once, as fast as the publish queue takes them; trading follows when all are open.
 * When the process was held up, at most a second's worth is made up for; what is left out is reported.
 * With steady arrivals, which are for load, trading stands still while the publish queue is a quarter second behind:
 * an adapter that is still cold begins slower, and what can not be published is not asked for.
 * @throws RangeError when an option is out of its range
 */
export function createSimulatedVenue(options: SimulatedOptions, deps: SimulatedDeps): Venue {
  checkRanges(options);
  const { clock } = deps;
  const market = new SimulatedMarket(options);
  const turnTicksMax = ticksIn(turnWorthMs, options);
  const backlog = createBacklog(deps.room, ticksIn(backlogMs, options));
  const time = new MarketTime(clock);
  const leftOut = new LeftOut();
  let cancelTurn: Cancel | undefined;
  let tradeId = 0;

  function start(sink: VenueSink): void {
    // 1000 ids per ms are more than the fastest market uses, so a later run begins above this one's.
    tradeId = clock.now() * 1000;
    sink.state('live');
    scheduleTurn(sink);
  }

  function scheduleTurn(sink: VenueSink): void {
    cancelTurn = clock.after(turnMs, () => {
      scheduleTurn(sink);
      if (market.opens) open(sink);
      else trade(sink);
    });
  }

  function open(sink: VenueSink): void {
    const ticksMax = Math.min(turnTicksMax, backlog.room());
    for (let count = 0; count < ticksMax && market.opens; count++) {
      tradeId++;
      sink.tick(market.open(clock.now(), String(tradeId)));
    }
    time.begin();
  }

  function trade(sink: VenueSink): void {
    const tooLateMs = time.elapsedMs - market.nextAt - behindMaxMs;
    if (tooLateMs > 0) {
      time.skip(tooLateMs);
      leftOut.add(tooLateMs);
    }
    leftOut.report(sink, clock.monotonic());
    const { elapsedMs } = time;
    time.followWallClock(elapsedMs);
    const ticksLeft = options.arrivals === 'steady' ? backlog.ticksLeft() : turnTicksMax;
    const ticksMax = Math.min(turnTicksMax, ticksLeft);
    for (let count = 0; count < ticksMax && market.nextAt <= elapsedMs; count++) {
      tradeId++;
      sink.tick(market.take(time.unixMs(market.nextAt), String(tradeId)));
    }
    if (ticksMax < turnTicksMax && market.nextAt <= elapsedMs) time.skip(elapsedMs - market.nextAt);
  }

  async function stop(): Promise<void> {
    cancelTurn?.();
  }

  return { symbols: market.symbols, start, stop };
}

/** Ticks of so much of the market's time; at least 1000. */
function ticksIn(ms: number, { ticksPerSecond }: SimulatedOptions): number {
  return Math.ceil(Math.max((ticksPerSecond * ms) / 1000, 1000));
}

function checkRanges(options: SimulatedOptions): void {
  const { symbols, ticksPerSecond, seed } = options;
  if (!Number.isInteger(symbols)) throw new RangeError(`symbols is ${symbols}, but must be a whole number`);
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed is ${seed}, but must be a whole number`);
  checkRange('symbols', symbols, simulatedRanges.symbols);
  checkRange('ticksPerSecond', ticksPerSecond, simulatedRanges.ticksPerSecond);
}

function checkRange(
  name: string,
  value: number,
  range: { readonly min: number; readonly max: number },
): void {
  if (value >= range.min && value <= range.max) return;
  throw new RangeError(`${name} is ${value}, but must be from ${range.min} to ${range.max}`);
}
