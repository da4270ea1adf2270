import type { Topic } from '#hub/listener/topic.ts';
import type { Codec, Frame, WireFormat } from '#protocol/codec.ts';
import type { FrequencyClassMs } from '#protocol/frequency.ts';
import type { PriceUpdate } from '#protocol/messages.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Restriction } from './restriction.ts';

/** No update waits for the member in the round that is being sent. */
export const nothingCoalesced = -1;

/** What a delivery group needs of a client's session. */
export interface GroupMember {
  readonly codec: Codec;
  readonly format: WireFormat;
  /** Counts up in this process; spreads members over phases. */
  readonly number: number;
  /** How often it may get a symbol's updates; undefined: every one. */
  readonly restriction: Restriction | undefined;
  /** The first of its updates in the round that is being sent; owned by `coalesced-frames.ts`. */
  coalescedFrom: number;
  joinTopic(topic: Topic): void;
  leaveTopic(topic: Topic): void;
  /** Nothing is sent when an earlier frame was dropped. */
  sendUnlessOverflowed(frame: Frame): void;
  /** Sends one update to this member alone; false when it was dropped. */
  sendUpdate(subscription: SubscribedSymbol, update: PriceUpdate): boolean;
}

/** A symbol as a client has subscribed to it. */
export interface SubscribedSymbol {
  readonly feed: { readonly symbol: StockSymbol };
  readonly classMs: FrequencyClassMs;
}
