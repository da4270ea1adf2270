import { codecs } from '#protocol/codec.ts';

/** One update as every peer carries it: what a Tickwire client gets, and the symbol beside it. */
export interface PeerUpdate {
  readonly symbol: string;
  /** 1, 2, 3, … of each symbol. */
  readonly seq: number;
  /** Unix ms at which it was made. */
  readonly received: number;
  readonly price: number;
  readonly timestamp: string;
  readonly size: number;
  readonly bid: number;
  readonly ask: number;
}

/** The symbol of an index: `S0`, `S1`, … */
export function symbolName(index: number): string {
  return `S${index}`;
}

/** Symbols `S0`, `S1`, … in turns, each numbered from 1. */
export class UpdateSource {
  readonly #symbols: number;
  #made = 0;

  /** @param symbols how many there are */
  constructor(symbols: number) {
    this.#symbols = symbols;
  }

  get made(): number {
    return this.#made;
  }

  next(): PeerUpdate {
    const index = this.#made++;
    const received = Date.now();
    const price = 100 + (index % 1000) / 100;
    return {
      symbol: symbolName(index % this.#symbols),
      seq: Math.floor(index / this.#symbols) + 1,
      received,
      price,
      timestamp: new Date(received).toISOString(),
      size: 100,
      bid: price,
      ask: price,
    };
  }
}

/** The frame that a Tickwire hub would send for it, in MessagePack; the bytes are the caller's own. */
export function tickwireFrame({ symbol, ...update }: PeerUpdate): Uint8Array {
  const { seq, received, price, timestamp, size, bid, ask } = update;
  const data = { [symbol]: { price, timestamp, seq, size, bid, ask, received } };
  return Uint8Array.from(Buffer.from(codecs.msgpack.encode({ type: 'price_update', data })));
}
