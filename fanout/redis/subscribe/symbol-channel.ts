import type { LiveReceiver } from '#fanout/ports.ts';
import type { StockSymbol } from '#protocol/symbol.ts';

/** The channel of one wanted symbol. */
export interface Channel {
  readonly name: string;
  readonly symbol: StockSymbol;
  /** The publisher's group of the symbol: its partition in a cluster, else 0. */
  readonly group: number;
  /** Who asked for it last. */
  receiver: LiveReceiver | undefined;
  /** Number of the connection that it was last acknowledged on; 0 = none yet. */
  connection: number;
  /** Was heard before and may have missed something since: to be told when it is heard again. */
  interrupted: boolean;
  next: Channel | undefined;
}
