import type { StockSymbol } from '#protocol/symbol.ts';
import { type Tick, tickFlags } from '#protocol/tick.ts';
import type { Clock } from './clock.ts';
import { type Filled, Picture, type PictureLimits } from './picture.ts';
import type { VenueRejection, VenueTick } from './venue.ts';

/** Why a venue's message did not become a tick. */
export const intakeRejections = [
  'not_finite',
  'not_positive',
  'unknown_symbol',
  'from_future',
  'duplicate_trade',
  'no_price',
] as const;

export type IntakeRejection = (typeof intakeRejections)[number];

/** Every reason that something from a venue is counted as rejected. */
export type RejectionReason = IntakeRejection | VenueRejection;

/** Turns what a venue says into ticks that the rest of Tickwire can trust. */
export interface Intake {
  /** The tick, or why there is none; the metrics have counted either. */
  accept(message: VenueTick): Tick | IntakeRejection;
}

export interface IntakeMetrics {
  received(): void;
  rejected(reason: RejectionReason): void;
  /** From the venue's clock to ours, in ms; negative when its clock is ahead. */
  venueDelay(delayMs: number): void;
}

export interface IntakeDeps {
  /** Id of the source, written into each tick. */
  readonly source: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly known: ReadonlySet<StockSymbol>;
  readonly metrics: IntakeMetrics;
}

export interface IntakeLimits extends PictureLimits {
  /** A venue time further ahead of our clock is wrong. */
  readonly futureMaxMs: number;
  /** Trade ids remembered for all symbols together; a source of very many symbols has fewer of each. */
  readonly tradeIdsTotalMax: number;
  /** Older than this on arrival is flagged `late`; undefined for venues whose clock is not good enough. */
  readonly lateMs: number | undefined;
}

export const intakeLimits: IntakeLimits = {
  futureMaxMs: 5000,
  lateMs: undefined,
  tradeIdsMax: 512,
  tradeIdsTotalMax: 2_000_000,
  suspectRatio: 0.1,
  windowPrices: 15,
  knownPricesMin: 5,
  agreeingPrices: 5,
};

/** The intake of one source, with nothing known yet of any symbol. */
export function createIntake(deps: IntakeDeps, limits: IntakeLimits): Intake {
  const { source, clock, known, metrics } = deps;
  const pictures = new Map<string, Picture>();
  const tradeIdsMax = Math.ceil(Math.min(limits.tradeIdsMax, limits.tradeIdsTotalMax / known.size));
  for (const symbol of known) pictures.set(symbol, new Picture(symbol, { ...limits, tradeIdsMax }));

  function accept(message: VenueTick): Tick | IntakeRejection {
    const receivedAt = clock.now();
    metrics.received();
    const outcome = judge(message, receivedAt);
    if (typeof outcome === 'string') metrics.rejected(outcome);
    else if (message.venueTime !== undefined) metrics.venueDelay(receivedAt - message.venueTime);
    return outcome;
  }

  function judge(message: VenueTick, receivedAt: number): Tick | IntakeRejection {
    const picture = pictures.get(message.symbol);
    if (picture === undefined) return 'unknown_symbol';
    const problem = numberProblem(message);
    if (problem !== undefined) return problem;
    const venueTime = message.venueTime ?? receivedAt;
    if (venueTime > receivedAt + limits.futureMaxMs) return 'from_future';
    const filled = picture.fill(message, venueTime);
    if (typeof filled === 'string') return filled;
    const late = limits.lateMs !== undefined && receivedAt - venueTime > limits.lateMs;
    const flags = flagsOf(message, filled, late);
    return tickOf(message, filled, { symbol: picture.symbol, source, venueTime, receivedAt, flags });
  }

  return { accept };
}

/** Prices are above 0, amounts at least 0, and all of them numbers. */
function numberProblem(message: VenueTick): IntakeRejection | undefined {
  const { price, bid, ask, size, volume, venueTime } = message;
  if (!(isAbsentOrFinite(price) && isAbsentOrFinite(bid) && isAbsentOrFinite(ask))) return 'not_finite';
  if (!(isAbsentOrFinite(size) && isAbsentOrFinite(volume) && isAbsentOrFinite(venueTime)))
    return 'not_finite';
  if ((price ?? 1) <= 0 || (bid ?? 1) <= 0 || (ask ?? 1) <= 0) return 'not_positive';
  if ((size ?? 0) < 0 || (volume ?? 0) < 0) return 'not_positive';
  return undefined;
}

function isAbsentOrFinite(value: number | undefined): boolean {
  return value === undefined || Number.isFinite(value);
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

function tickOf(message: VenueTick, filled: Filled, known: Known): Tick {
  const { symbol, source, venueTime, receivedAt, flags } = known;
  const tick: Mutable<Tick> = { symbol, price: filled.price, source, venueTime, receivedAt, flags };
  if (message.size !== undefined) tick.size = message.size;
  if (filled.bid !== undefined) tick.bid = filled.bid;
  if (filled.ask !== undefined) tick.ask = filled.ask;
  if (filled.volume !== undefined) tick.volume = filled.volume;
  if (message.tradeId !== undefined) tick.tradeId = message.tradeId;
  if (message.conditions !== undefined) tick.conditions = message.conditions;
  return tick;
}
