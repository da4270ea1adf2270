import type { VenueTick } from '#feed-adapter/venues/venue.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { tickFlags } from '#protocol/tick.ts';
import { createNormalRandom, createSeededRandom } from './seeded-random.ts';
import { type Listing, listSimulated } from './simulated-symbols.ts';

/** How large and how busy the market is; one seed, one course of prices. */
export interface MarketOptions {
  /** How many symbols, 1 … 100,000. */
  readonly symbols: number;
  /** Of all symbols together, on average; 0.1 … 200,000. */
  readonly ticksPerSecond: number;
  readonly seed: number;
  /** `random`, as in a market: bursts at random moments. `steady`, for load: one symbol after the other, evenly. */
  readonly arrivals?: 'random' | 'steady';
}

interface Instrument extends Listing {
  /** Its true price, not rounded; trades happen around it. */
  value: number;
  /** Shares since the market began. */
  volume: number;
  /** Of its last trade, in ms of the market's time. */
  tradedAt: number;
}

/** What a trade is made at. */
interface Deal {
  readonly bidCents: number;
  readonly spreadCents: number;
  readonly atBid: boolean;
  /** Shares. */
  readonly size: number;
}

/** A day of 6.5 hours, 252 days a year: what yearly volatility is spread over. */
const tradingMsPerYear = 252 * 6.5 * 3_600_000;

/** Trades come in bursts of one symbol: mostly short ones, and now and then an order that sweeps the book. */
const burst = { tradesMean: 1.5, sweepShare: 0.01, sweepTradesMean: 50 } as const;
const burstTradesMean = (1 - burst.sweepShare) * burst.tradesMean + burst.sweepShare * burst.sweepTradesMean;

/** Below this, a dollar, a value moves up again: a simulation that runs for months must not end at nothing. */
const valueMin = 1;

/**
 * A made-up market: bursts arrive at random (Poisson), values wander (geometric Brownian motion, as of
 * Black and Scholes), trades happen at the bid or the ask. Everything follows from the options; the
 * market's time begins at 0 and only `take` moves it on. With steady arrivals each symbol has its turn, alone. Before
 * all that each symbol has an opening trade, so that no price is unknown until its symbol happens to be traded.
 */
export class SimulatedMarket {
  readonly symbols: readonly StockSymbol[];
  readonly #random: () => number;
  readonly #normal: () => number;
  readonly #instruments: readonly Instrument[];
  readonly #burstGapMs: number;
  /** Between two trades; undefined where they come in bursts. */
  readonly #steadyGapMs: number | undefined;
  #trading: Instrument | undefined;
  /** Trades that the current burst still has. */
  #burstLeft = 0;
  #nextAt = 0;
  #steadyTrades = 0;
  #opened = 0;

  constructor(options: MarketOptions) {
    this.#random = createSeededRandom(options.seed);
    this.#normal = createNormalRandom(this.#random);
    const listings = listSimulated(options.symbols, this.#random);
    this.symbols = listings.map((listing) => listing.symbol);
    this.#instruments = listings.map((listing) => ({
      ...listing,
      value: listing.price,
      volume: 0,
      tradedAt: 0,
    }));
    this.#burstGapMs = (1000 * burstTradesMean) / options.ticksPerSecond;
    this.#steadyGapMs = options.arrivals === 'steady' ? 1000 / options.ticksPerSecond : undefined;
    this.#moveOn();
  }

  /** When the next trade happens, in ms of the market's time, with a fraction. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** Whether a symbol has no opening trade yet. */
  get opens(): boolean {
    return this.#opened < this.#instruments.length;
  }

  /** The opening trade of the next symbol that has none. */
  open(venueTime: number, tradeId: string): VenueTick {
    const instrument = this.#instruments[this.#opened];
    if (instrument === undefined) throw new Error('all symbols have been opened');
    this.#opened++;
    const bidCents = Math.round(instrument.value * 100);
    return this.#tickOf(instrument, { bidCents, spreadCents: 1, atBid: true, size: 100 }, venueTime, tradeId);
  }

  /** The next trade, and moves on to the one after it. */
  take(venueTime: number, tradeId: string): VenueTick {
    const instrument = this.#trading;
    if (instrument === undefined) throw new Error('a market without instruments');
    this.#wander(instrument);
    const tick = this.#trade(instrument, venueTime, tradeId);
    this.#moveOn();
    return tick;
  }

  #moveOn(): void {
    this.#burstLeft--;
    if (this.#steadyGapMs !== undefined) this.#takeTurn(this.#steadyGapMs);
    else if (this.#burstLeft <= 0) this.#beginBurst();
  }

  /** Times are multiples of the gap, not sums: the rate stays exact for days. */
  #takeTurn(gapMs: number): void {
    this.#trading = this.#instruments[this.#steadyTrades % this.#instruments.length];
    this.#steadyTrades++;
    this.#nextAt = this.#steadyTrades * gapMs;
  }

  #beginBurst(): void {
    this.#nextAt += this.#exponential(this.#burstGapMs);
    this.#trading = this.#instruments[Math.floor(this.#random() * this.#instruments.length)];
    const mean = this.#random() < burst.sweepShare ? burst.sweepTradesMean : burst.tradesMean;
    this.#burstLeft = this.#geometric(mean);
  }

  #wander(instrument: Instrument): void {
    const elapsedMs = Math.max(this.#nextAt - instrument.tradedAt, 1); // a sweep moves the price, too
    instrument.tradedAt = this.#nextAt;
    const deviation = instrument.volatility * Math.sqrt(elapsedMs / tradingMsPerYear);
    const change = deviation * this.#normal() - (deviation * deviation) / 2;
    instrument.value = Math.max(instrument.value * Math.exp(change), valueMin);
  }

  #trade(instrument: Instrument, venueTime: number, tradeId: string): VenueTick {
    const spreadCents = 1 + Math.floor(instrument.value * 0.02 * this.#random()); // up to 2 cents per 100 dollars
    const bidCents = Math.round(instrument.value * 100 - spreadCents / 2);
    const atBid = this.#random() < 0.5;
    const size = this.#size();
    return this.#tickOf(instrument, { bidCents, spreadCents, atBid, size }, venueTime, tradeId);
  }

  #tickOf(
    instrument: Instrument,
    { bidCents, spreadCents, atBid, size }: Deal,
    venueTime: number,
    tradeId: string,
  ): VenueTick {
    instrument.volume += size;
    return {
      symbol: instrument.symbol,
      price: (atBid ? bidCents : bidCents + spreadCents) / 100,
      size,
      bid: bidCents / 100,
      ask: (bidCents + spreadCents) / 100,
      volume: instrument.volume,
      venueTime,
      tradeId,
      flags: tickFlags.simulated,
    };
  }

  /** Round lots of 100 shares, and odd lots. */
  #size(): number {
    return this.#random() < 0.4 ? 1 + Math.floor(this.#random() * 99) : 100 * this.#geometric(2.5);
  }

  #exponential(mean: number): number {
    return -mean * Math.log(1 - this.#random());
  }

  /** 1 or more. */
  #geometric(mean: number): number {
    return mean <= 1 ? 1 : 1 + Math.floor(Math.log(1 - this.#random()) / Math.log(1 - 1 / mean));
  }
}
