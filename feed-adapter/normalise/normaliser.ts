import type { Clock } from '#feed-adapter/clock.ts';
import type { VenueRejection, VenueTick } from '#feed-adapter/venues/venue.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { type Tick, tickFlags } from '#protocol/tick.ts';
import { type Filled, type LastValueLimits, LastValues } from './last-value-cache.ts';
import type { PendingTick } from './pending-tick.ts';
import { venueTickProblem } from './tick-ranges.ts';

/** Why a venue's message did not become a tick. */
export const normaliserRejections = [
  'not_finite',
  'not_positive',
  'out_of_range',
  'text_too_long',
  'unknown_symbol',
  'from_future',
  'too_old',
  'duplicate_trade',
  'no_price',
] as const;

/** Why a message of a venue becomes no tick. */
export type NormaliserRejection = (typeof normaliserRejections)[number];

/** Every reason that something from a venue is counted as rejected. */
export type RejectionReason = NormaliserRejection | VenueRejection;

/** Turns what a venue says into ticks that the rest of Tickwire can trust. */
export interface Normaliser {
  /** The tick, or why there is none; the metrics have counted either. */
  accept(message: VenueTick): PendingTick | NormaliserRejection;
}

/** Who counts what comes from a venue. */
export interface NormaliserMetrics {
  received(): void;
  rejected(reason: RejectionReason): void;
  /** From the venue's clock to ours, in ms; negative when its clock is ahead. */
  venueDelay(delayMs: number): void;
}

/** What a message is judged by, and where ticks go on to. */
export interface NormaliserDeps {
  /** Id of the source, written into each tick. */
  readonly source: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly known: ReadonlySet<StockSymbol>;
  /** Ids of trades that are published already, oldest first; absent: none is. */
  readonly tradeIds?: ReadonlyMap<StockSymbol, readonly string[]>;
  readonly metrics: NormaliserMetrics;
}

/** What is taken for a wrong time or a wrong price. */
export interface NormaliserLimits extends LastValueLimits {
  /** A venue time further ahead of our clock is wrong. */
  readonly futureMaxMs: number;
  /** Trade ids remembered for all symbols together; a source of very many symbols has fewer of each. */
  readonly tradeIdsTotalMax: number;
  /** Older than this on arrival is flagged `late`; undefined for venues whose clock is not good enough. */
  readonly lateMs: number | undefined;
}

/** For every venue unless it says otherwise. */
export const normaliserLimits: NormaliserLimits = {
  futureMaxMs: 5000,
  lateMs: undefined,
  tradeIdsMax: 512,
  tradeIdsTotalMax: 2_000_000,
  suspectRatio: 0.1,
  windowPrices: 15,
  knownPricesMin: 5,
  agreeingPrices: 5,
};

/** The normaliser of one source, with nothing known yet of any symbol. */
export function createNormaliser(deps: NormaliserDeps, limits: NormaliserLimits): Normaliser {
  const { source, clock, known, metrics } = deps;
  const valuesBySymbol = new Map<string, LastValues>();
  const tradeIdsMax = Math.ceil(Math.min(limits.tradeIdsMax, limits.tradeIdsTotalMax / known.size));
  for (const symbol of known) valuesBySymbol.set(symbol, new LastValues(symbol, { ...limits, tradeIdsMax }));
  for (const [symbol, ids] of deps.tradeIds ?? [])
    for (const id of ids) valuesBySymbol.get(symbol)?.remember(id);

  function accept(message: VenueTick): PendingTick | NormaliserRejection {
    const receivedAt = clock.now();
    metrics.received();
    const outcome = judge(message, receivedAt);
    if (typeof outcome === 'string') metrics.rejected(outcome);
    else if (message.venueTime !== undefined) metrics.venueDelay(receivedAt - message.venueTime);
    return outcome;
  }

  function judge(message: VenueTick, receivedAt: number): PendingTick | NormaliserRejection {
    const values = valuesBySymbol.get(message.symbol);
    if (values === undefined) return 'unknown_symbol';
    const problem = venueTickProblem(message);
    if (problem !== undefined) return problem;
    const venueTime = Math.floor(message.venueTime ?? receivedAt);
    if (venueTime > receivedAt + limits.futureMaxMs) return 'from_future';
    const filled = values.fill(message, venueTime);
    if (typeof filled === 'string') return filled;
    const late = limits.lateMs !== undefined && receivedAt - venueTime > limits.lateMs;
    const flags = flagsOf(message, filled, late);
    return tickOf(message, filled, { symbol: values.symbol, source, venueTime, receivedAt, flags });
  }

  return { accept };
}

function flagsOf(message: VenueTick, filled: Filled, late: boolean): number {
  return (
    (message.flags ?? 0) |
    (filled.suspect ? tickFlags.suspect : 0) |
    (filled.outOfOrder ? tickFlags.out_of_order : 0) |
    (late ? tickFlags.late : 0)
  );
}

type Known = Pick<Tick, 'symbol' | 'source' | 'venueTime' | 'receivedAt' | 'flags'>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function tickOf(message: VenueTick, filled: Filled, known: Known): PendingTick {
  const { symbol, source, venueTime, receivedAt, flags } = known;
  const tick: Mutable<PendingTick> = { symbol, price: filled.price, source, venueTime, receivedAt, flags };
  if (message.size !== undefined) tick.size = message.size;
  if (filled.bid !== undefined) tick.bid = filled.bid;
  if (filled.ask !== undefined) tick.ask = filled.ask;
  if (filled.volume !== undefined) tick.volume = filled.volume;
  if (message.tradeId !== undefined) tick.tradeId = message.tradeId;
  if (message.conditions !== undefined) tick.conditions = message.conditions;
  if (message.venueNumber !== undefined) tick.venueNumber = message.venueNumber;
  return tick;
}
