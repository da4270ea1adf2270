/** How symbols are heard: each on a channel of its own, or in the bundles of everything in their group. */
export type Hearing = 'by_symbol' | 'bundles';

export interface HearingLimits {
  /** Fewer symbols than this are never heard in bundles. */
  readonly bundlesSymbolsMin: number;
}

/** Bundles from this part of all symbols on: to pass over a tick costs less than a tenth of a message. */
const joinPart = 1 / 8;
const leavePart = 1 / 16;

/**
 * The better way to hear `wanted` of `known` symbols for someone who hears them the `present` way. There is room
 * between joining and leaving: a change asks for all channels anew.
 * @param known symbols in the catalogue; 0 when it was not read yet
 */
export function betterHearing(
  present: Hearing,
  wanted: number,
  known: number,
  { bundlesSymbolsMin }: HearingLimits,
): Hearing {
  if (present === 'by_symbol')
    return wanted >= bundlesSymbolsMin && wanted >= joinPart * known ? 'bundles' : 'by_symbol';
  return wanted < bundlesSymbolsMin / 2 || wanted < leavePart * known ? 'by_symbol' : 'bundles';
}
