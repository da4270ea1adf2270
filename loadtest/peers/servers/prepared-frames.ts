import { symbolName } from '#loadtest/peers/update.ts';
import { codecs } from '#protocol/codec.ts';

const numberOf32Bits = 0xce;
const numberOf64Bits = 0xcb;
/** Takes 32 bits, whatever number is written over it. */
const placeholder = 0x7fff_ffff;

/** A symbol's frame with places for what changes from update to update. */
interface Prepared {
  readonly frame: Buffer;
  readonly seqAt: number;
  readonly receivedAt: number;
}

/**
 * The frames that a Tickwire hub would send, in MessagePack, encoded beforehand: an update costs two numbers that
 * are written into the frame of its symbol. So what a server without anything around it spends is the sending.
 */
export class PreparedFrames {
  readonly #frames: readonly Prepared[];

  /** @param symbols how many there are: `S0`, `S1`, … */
  constructor(symbols: number) {
    this.#frames = Array.from({ length: symbols }, (_, index) => prepare(symbolName(index)));
  }

  /** The bytes are good until the next update of the symbol. @param index of the symbol, below `symbols` */
  frame(index: number, seq: number, receivedMs: number): Buffer {
    const prepared = this.#frames[index];
    if (prepared === undefined) throw new RangeError(`there is no symbol ${index}`);
    prepared.frame.writeUInt32BE(seq, prepared.seqAt);
    prepared.frame.writeDoubleBE(receivedMs, prepared.receivedAt);
    return prepared.frame;
  }
}

function prepare(symbol: string): Prepared {
  const received = Date.now();
  const price = 100.25;
  const timestamp = new Date(received).toISOString();
  const update = { price, timestamp, seq: placeholder, size: 100, bid: price, ask: price, received };
  const frame = Buffer.from(codecs.msgpack.encode({ type: 'price_update', data: { [symbol]: update } }));
  return {
    frame: Buffer.from(frame), // off the encoder's pool
    seqAt: placeOf('seq', numberOf32Bits, frame),
    receivedAt: placeOf('received', numberOf64Bits, frame),
  };
}

/** Where the value of a field begins, behind the byte that says what it is. */
function placeOf(name: string, kind: number, frame: Buffer): number {
  const at = frame.indexOf(name) + name.length;
  if (frame[at] !== kind) throw new Error(`${name} is not encoded as a number of kind ${kind.toString(16)}`);
  return at + 1;
}
