/** How symbols are heard: each on a channel of its own, or in the group messages of everything in their group. */
export type SubscriptionMode = 'by_symbol' | 'group_messages';

/** From how many symbols on group messages are considered. */
export interface SubscriptionModeLimits {
  /** Fewer symbols than this are never heard in group messages. */
  readonly groupMessagesSymbolsMin: number;
}

/** Group messages from this part of all symbols on: to pass over a tick costs less than a tenth of a message. */
const joinPart = 1 / 8;
const leavePart = 1 / 16;

/**
 * The better way to hear `wanted` of `known` symbols for someone who hears them the `present` way. There is room
 * between joining and leaving: a change asks for all channels anew.
 * @param known symbols in the catalogue; 0 when it was not read yet
 */
export function betterSubscriptionMode(
  present: SubscriptionMode,
  wanted: number,
  known: number,
  { groupMessagesSymbolsMin }: SubscriptionModeLimits,
): SubscriptionMode {
  if (present === 'by_symbol')
    return wanted >= groupMessagesSymbolsMin && wanted >= joinPart * known ? 'group_messages' : 'by_symbol';
  return wanted < groupMessagesSymbolsMin / 2 || wanted < leavePart * known ? 'by_symbol' : 'group_messages';
}
