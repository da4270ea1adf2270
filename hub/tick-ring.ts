import { givesUp } from '#protocol/payload-fields.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';
import { decodeTick } from '#protocol/tick-payload.ts';
import { createSlabs, type Slab, type Slabs } from './slabs.ts';

/** A record is a byte for the payload's length, and the payload; all records of a ring have the same room. */
const recordBytesMax = 256;
/** Longer payloads, those with long texts, are kept beside; their record says 0. */
const payloadBytesMax = recordBytesMax - 1;
/** Records are multiples of it long: a power of two. */
const alignment = 8;

const noBytes = new Uint8Array(0);

/**
 * Payloads of ticks, oldest first, in one block of a slab: none of them is an object. They are counted from the
 * oldest one, 0. Records of one size make every one of them a single look: the ticks of a symbol differ in
 * length only by their texts.
 */
export class TickRing {
  #slabs: Slabs;
  #slab: Slab | undefined;
  /** The slab's; the records are from `#at` on. */
  #bytes: Uint8Array = noBytes;
  #at = 0;
  #recordBytes = 0;
  #capacity = 0;
  /** Record of the oldest one. */
  #oldest = 0;
  #size = 0;
  /** Payloads that are too long for a record, by the offset of theirs. */
  #long: Map<number, Uint8Array> | undefined;

  constructor(slabs: Slabs) {
    this.#slabs = slabs;
  }

  get size(): number {
    return this.#size;
  }
  get capacity(): number {
    return this.#capacity;
  }
  /** The oldest one says that ticks before it were given up. */
  get firstGivesUp(): boolean {
    if (this.#size === 0) return false;
    const at = this.#offset(0);
    const long = this.#longAt(at);
    return long === undefined ? givesUp(this.#bytes, at + 1) : givesUp(long, 0);
  }

  /** The tick at `index`; undefined where there is none. */
  at(symbol: StockSymbol, index: number): Tick | undefined {
    if (!(index >= 0 && index < this.#size)) return undefined;
    const at = this.#offset(index);
    const length = this.#bytes[at] ?? 0;
    if (length > 0) return decodeTick(symbol, this.#bytes, at + 1, at + 1 + length);
    const long = this.#longAt(at);
    return long && decodeTick(symbol, long);
  }

  /** Adds the newest: the payload that `bytes` hold from `start` to `end`. */
  push(bytes: Uint8Array, start: number, end: number): void {
    this.#makeRoom(end - start);
    this.#size++;
    this.#write(this.#offset(this.#size - 1), bytes, start, end);
  }

  /** Adds the oldest. */
  unshift(payload: Uint8Array): void {
    this.#makeRoom(payload.length);
    this.#oldest = this.#oldest === 0 ? this.#capacity - 1 : this.#oldest - 1;
    this.#size++;
    this.#write(this.#offset(0), payload, 0, payload.length);
  }

  /** Lets go of the oldest `count`. When few are left of many, all but room for `entriesMax` is given back. */
  drop(count: number, entriesMax: number): void {
    if (this.#long !== undefined) for (let i = 0; i < count; i++) this.#long.delete(this.#offset(i));
    this.#oldest = (this.#oldest + count) % this.#capacity;
    this.#size -= count;
    const capacity = roomFor(Math.max(this.#size, entriesMax) + 1);
    if (capacity <= this.#capacity / 2) this.#rebuild(capacity, this.#recordBytes);
  }

  /** Makes room for `count` more in one go. */
  reserve(count: number): void {
    const capacity = roomFor(this.#size + count);
    if (capacity <= this.#capacity) return;
    if (this.#recordBytes > 0) this.#rebuild(capacity, this.#recordBytes);
    else this.#capacity = capacity; // its records have yet to show their size
  }

  clear(): void {
    if (this.#slab !== undefined) this.#slabs.free(this.#slab, this.#at);
    this.#slab = undefined;
    this.#bytes = noBytes;
    this.#recordBytes = 0;
    this.#capacity = 0;
    this.#oldest = 0;
    this.#size = 0;
    this.#long = undefined;
  }

  /** Gives back its memory; what is added later takes memory that the garbage collector finds. */
  release(): void {
    this.clear();
    this.#slabs = createSlabs();
  }

  #makeRoom(length: number): void {
    const isShort = length <= payloadBytesMax;
    const fits = isShort ? length < this.#recordBytes : this.#recordBytes > 0;
    if (fits && this.#size < this.#capacity) return;
    const recordBytes = isShort ? (length + alignment) & -alignment : alignment;
    const capacity = this.#size < this.#capacity ? this.#capacity : roomFor(this.#size + 1);
    this.#rebuild(capacity, Math.max(recordBytes, this.#recordBytes));
  }

  /** Moves everything to a block of other dimensions. */
  #rebuild(capacity: number, recordBytes: number): void {
    const slab = this.#slabs.withRoom(capacity * recordBytes);
    const to = slab.take();
    const long = this.#long === undefined ? undefined : new Map<number, Uint8Array>();
    for (let i = 0; i < this.#size; i++) {
      const from = this.#offset(i);
      const target = to + i * recordBytes;
      for (let k = 0; k < this.#recordBytes; k++) slab.bytes[target + k] = this.#bytes[from + k] ?? 0;
      const payload = this.#longAt(from);
      if (payload !== undefined) long?.set(target, payload);
    }
    if (this.#slab !== undefined) this.#slabs.free(this.#slab, this.#at);
    this.#slab = slab;
    this.#bytes = slab.bytes;
    this.#at = to;
    this.#recordBytes = recordBytes;
    this.#capacity = capacity;
    this.#oldest = 0;
    this.#long = long;
  }

  #write(at: number, bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > payloadBytesMax) {
      this.#bytes[at] = 0;
      this.#long ??= new Map<number, Uint8Array>();
      this.#long.set(at, bytes.slice(start, end));
      return;
    }
    this.#bytes[at] = length;
    for (let i = 0; i < length; i++) this.#bytes[at + 1 + i] = bytes[start + i] ?? 0;
  }

  #longAt(at: number): Uint8Array | undefined {
    return this.#bytes[at] === 0 ? this.#long?.get(at) : undefined;
  }

  #offset(index: number): number {
    const record = this.#oldest + index;
    return this.#at + this.#recordBytes * (record < this.#capacity ? record : record - this.#capacity);
  }
}

/** The next size of a ring: 1, 2, 3, 4, 6, 8, 12, 16, 24 … so that there are few kinds of blocks. */
function roomFor(entries: number): number {
  let power = 1;
  while (power < entries) power *= 2;
  return power >= 4 && (power / 4) * 3 >= entries ? (power / 4) * 3 : power;
}
