import type { VenueTick } from '#feed-adapter/venues/venue.ts';

/**
 * The allowed range of each value from outside, whichever venue brought it. The bounds leave room for everything that is traded
 * (a coin at 1e-12, a day's volume of 1e15) and none for what would break further on: sums and middles that overflow,
 * times that no calendar has, texts that do not fit into a payload.
 */
export const tickRanges = {
  /** Of price, bid and ask. */
  price: { min: 1e-18, max: 1e15 },
  /** Of size and volume. */
  amount: { min: 0, max: 1e18 },
  /**
   * Unix ms. Seconds that were taken for milliseconds fall into January 1970. The normaliser checks by its
   * clock that a time is not too far ahead.
   */
  venueTimeMin: Date.UTC(1980, 0, 1),
  /** UTF-16 units of a trade id and of conditions. */
  textMax: 128,
} as const;

/** What makes a message unfit to become a tick. */
export type TickProblem = 'not_finite' | 'not_positive' | 'out_of_range' | 'text_too_long' | 'too_old';

/** Why the message can not become a tick, judged by itself alone; undefined when nothing is wrong. Called for each message. */
export function venueTickProblem(message: VenueTick): TickProblem | undefined {
  const { price, bid, ask, size, volume, venueTime } = message;
  return (
    priceProblem(price) ??
    priceProblem(bid) ??
    priceProblem(ask) ??
    amountProblem(size) ??
    amountProblem(volume) ??
    timeProblem(venueTime) ??
    textProblem(message)
  );
}

function priceProblem(value: number | undefined): TickProblem | undefined {
  const { min, max } = tickRanges.price;
  if (value === undefined || (value >= min && value <= max)) return undefined;
  if (!Number.isFinite(value)) return 'not_finite';
  return value <= 0 ? 'not_positive' : 'out_of_range';
}

function amountProblem(value: number | undefined): TickProblem | undefined {
  const { min, max } = tickRanges.amount;
  if (value === undefined || (value >= min && value <= max)) return undefined;
  if (!Number.isFinite(value)) return 'not_finite';
  return value < 0 ? 'not_positive' : 'out_of_range';
}

function timeProblem(value: number | undefined): TickProblem | undefined {
  if (value === undefined) return undefined;
  if (!Number.isFinite(value)) return 'not_finite';
  return value < tickRanges.venueTimeMin ? 'too_old' : undefined;
}

function textProblem({ tradeId, conditions }: VenueTick): TickProblem | undefined {
  const longest = Math.max(tradeId?.length ?? 0, conditions?.length ?? 0);
  return longest > tickRanges.textMax ? 'text_too_long' : undefined;
}
