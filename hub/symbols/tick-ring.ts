import { givesUp, highIn, lowIn, numbersLength, receivedAtIn, toldTickIn } from '#protocol/payload-fields.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { ToldTick } from '#protocol/tick.ts';
import { createSlabs, type Slab, type Slabs } from './slabs.ts';

/** Records are multiples of it long: a power of two. */
const alignment = 8;

const noBytes = new Uint8Array(0);

/**
 * Ticks, oldest first, as the numbers of their payloads in one block of a slab: none of them is an object, and
 * their texts, which clients are not told, are left out. They are counted from the oldest one, 0. All records of a
 * ring have the room of its longest one, so that each is found in one look.
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
    return this.#size > 0 && givesUp(this.#bytes, this.#offset(0));
  }

  /** The tick at `index`; undefined where there is none. */
  at(symbol: StockSymbol, index: number): ToldTick | undefined {
    if (!(index >= 0 && index < this.#size)) return undefined;
    return toldTickIn(symbol, this.#bytes, this.#offset(index));
  }

  /** Index of the newest one that an adapter had read by `time`, Unix ms; undefined: there is none. */
  newestReceivedBy(time: number): number | undefined {
    for (let i = this.#size - 1; i >= 0; i--)
      if (receivedAtIn(this.#bytes, this.#offset(i)) <= time) return i;
    return undefined;
  }

  /** Highest price of the ticks from `index` up to before `end`; -Infinity when there are none. */
  highest(index: number, end: number): number {
    let highest = Number.NEGATIVE_INFINITY;
    for (let i = index; i < end; i++) highest = Math.max(highest, highIn(this.#bytes, this.#offset(i)));
    return highest;
  }

  /** The lowest one; Infinity when there are none. */
  lowest(index: number, end: number): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = index; i < end; i++) lowest = Math.min(lowest, lowIn(this.#bytes, this.#offset(i)));
    return lowest;
  }

  /** Adds the newest, whose payload `bytes` hold from `start` on. */
  push(bytes: Uint8Array, start: number): void {
    this.#makeRoom(numbersLength(bytes, start));
    this.#size++;
    this.#write(this.#offset(this.#size - 1), bytes, start);
  }

  /** Adds the oldest. */
  unshift(payload: Uint8Array): void {
    this.#makeRoom(numbersLength(payload, 0));
    this.#oldest = this.#oldest === 0 ? this.#capacity - 1 : this.#oldest - 1;
    this.#size++;
    this.#write(this.#offset(0), payload, 0);
  }

  /** Lets go of the oldest `count`. When few are left of many, all but room for `entriesMax` is given back. */
  drop(count: number, entriesMax: number): void {
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
  }

  /** Gives back its memory; what is added later takes memory that the garbage collector finds. */
  release(): void {
    this.clear();
    this.#slabs = createSlabs();
  }

  #makeRoom(length: number): void {
    const isFull = this.#size === this.#capacity;
    if (length <= this.#recordBytes && !isFull) return;
    const recordBytes = (length + alignment - 1) & -alignment;
    const capacity = isFull ? roomFor(this.#size + 1) : this.#capacity;
    this.#rebuild(capacity, Math.max(recordBytes, this.#recordBytes));
  }

  /** Moves everything to a block of other dimensions. */
  #rebuild(capacity: number, recordBytes: number): void {
    const slab = this.#slabs.withRoom(capacity * recordBytes);
    const to = slab.take();
    for (let i = 0; i < this.#size; i++) {
      const from = this.#offset(i);
      const target = to + i * recordBytes;
      for (let k = 0; k < this.#recordBytes; k++) slab.bytes[target + k] = this.#bytes[from + k] ?? 0;
    }
    if (this.#slab !== undefined) this.#slabs.free(this.#slab, this.#at);
    this.#slab = slab;
    this.#bytes = slab.bytes;
    this.#at = to;
    this.#recordBytes = recordBytes;
    this.#capacity = capacity;
    this.#oldest = 0;
  }

  #write(at: number, bytes: Uint8Array, start: number): void {
    const length = numbersLength(bytes, start);
    for (let i = 0; i < length; i++) this.#bytes[at + i] = bytes[start + i] ?? 0;
  }

  #offset(index: number): number {
    const record = this.#oldest + index;
    return this.#at + this.#recordBytes * (record < this.#capacity ? record : record - this.#capacity);
  }
}

/** The next size of a ring: 1, 4, 8, 16, 24, 32, 48, 64 … so that there are few kinds of blocks, and few moves. */
function roomFor(entries: number): number {
  if (entries === 1) return 1;
  let power = 4;
  while (power < entries) power *= 2;
  return power >= 32 && (power / 4) * 3 >= entries ? (power / 4) * 3 : power;
}
