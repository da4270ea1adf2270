import type { Cancel, Clock } from '#feed-adapter/clock.ts';
import type { Venue, VenueSink } from '#feed-adapter/venues/venue.ts';
import { type MarketOptions, SimulatedMarket } from './simulated-market.ts';
import { listingsMax } from './simulated-symbols.ts';

/** `symbols` 1 … 100,000; `ticksPerSecond` 0.1 … 200,000; the same `seed` gives the same ticks. */
export type SimulatedOptions = MarketOptions;

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
/** A problem is reported at most this often, and cleared when nothing was left out for so long. */
const reportMs = 1000;

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
  const { clock, room } = deps;
  const market = new SimulatedMarket(options);
  const turnTicksMax = ticksIn(turnWorthMs);
  const backlogTicksMax = ticksIn(backlogMs);
  let cancelTurn: Cancel | undefined;
  /** Monotonic ms at which the market's time was 0: when all symbols were open; moved on by what is left out. */
  let beganAt = 0;
  /** Unix ms at which the market's time was 0. */
  let epochMs = 0;
  let tradeId = 0;
  let leftOutMs = 0;
  /** The most room that was seen: that of an empty publish queue. */
  let roomMax = 0;
  let reportedAt: number | undefined;

  function start(sink: VenueSink): void {
    // 1000 ids per ms are more than the fastest market uses, so a later run begins above this one's.
    tradeId = clock.now() * 1000;
    sink.state('live');
    scheduleTurn(sink);
  }

  function scheduleTurn(sink: VenueSink): void {
    cancelTurn = clock.after(turnMs, () => {
      scheduleTurn(sink);
      turn(sink);
    });
  }

  function turn(sink: VenueSink): void {
    if (market.opens) open(sink);
    else trade(sink);
  }

  function open(sink: VenueSink): void {
    const ticksMax = Math.min(turnTicksMax, roomSeen());
    for (let count = 0; count < ticksMax && market.opens; count++) {
      tradeId++;
      sink.tick(market.open(clock.now(), String(tradeId)));
    }
    beganAt = clock.monotonic();
  }

  function trade(sink: VenueSink): void {
    leaveOut(clock.monotonic() - beganAt - market.nextAt - behindMaxMs);
    reportLeftOut(sink);
    const elapsedMs = clock.monotonic() - beganAt;
    followWallClock(elapsedMs);
    const ticksMax = Math.min(turnTicksMax, takenTicksMax());
    for (let count = 0; count < ticksMax && market.nextAt <= elapsedMs; count++) {
      tradeId++;
      sink.tick(market.take(Math.floor(epochMs + market.nextAt), String(tradeId)));
    }
    if (ticksMax < turnTicksMax && market.nextAt <= elapsedMs) beganAt += elapsedMs - market.nextAt;
  }

  /** What the publish queue takes of a steady market now. */
  function takenTicksMax(): number {
    if (options.arrivals !== 'steady') return turnTicksMax;
    const free = roomSeen();
    return Math.min(free, backlogTicksMax - (roomMax - free));
  }

  function roomSeen(): number {
    const free = room();
    roomMax = Math.max(roomMax, free);
    return free;
  }

  /** At least 1000. */
  function ticksIn(ms: number): number {
    return Math.ceil(Math.max((options.ticksPerSecond * ms) / 1000, 1000));
  }

  function leaveOut(tooLateMs: number): void {
    if (tooLateMs <= 0) return;
    beganAt += tooLateMs;
    leftOutMs += tooLateMs;
  }

  function reportLeftOut(sink: VenueSink): void {
    const now = clock.monotonic();
    if (reportedAt !== undefined && now - reportedAt < reportMs) return;
    if (leftOutMs > 0) {
      sink.state('live', `the process was held up: ${Math.round(leftOutMs)} ms of trading left out`);
      reportedAt = now;
      leftOutMs = 0;
    } else if (reportedAt !== undefined) {
      sink.state('live');
      reportedAt = undefined;
    }
  }

  /** The two clocks read with different precision, so only a real step of the wall clock is followed. */
  function followWallClock(elapsedMs: number): void {
    const shouldBe = clock.now() - elapsedMs;
    if (Math.abs(shouldBe - epochMs) > 20) epochMs = shouldBe;
  }

  async function stop(): Promise<void> {
    cancelTurn?.();
  }

  return { symbols: market.symbols, start, stop };
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
