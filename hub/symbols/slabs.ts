/**
 * Blocks of bytes for very many small things that live for minutes. As objects of their own they are promoted,
 * and the garbage collector goes through all of them again and again; of a slab it sees one buffer.
 */
export interface Slabs {
  /** A slab of such blocks that has one free: `take` it at once. */
  withRoom(blockBytes: number): Slab;
  /** Gives back the block at `at`. */
  free(slab: Slab, at: number): void;
  /** Bytes of all slabs, used or not. */
  readonly bytes: number;
}

/** Bytes of a slab; a larger block has a slab of its own. Its pages take no memory until they are written to. */
const slabBytes = 262_144;

/** Of larger blocks no slab is kept that nobody uses. */
const keptBlockBytesMax = 4096;

const none = -1;

/** Memory cut into blocks of one size. */
export class Slab {
  readonly bytes: Uint8Array;
  readonly blockBytes: number;
  /** It is among those that blocks are taken from; owned by `createSlabs`. */
  listed = false;
  readonly #view: DataView;
  /** The first free block, which holds the offset of the next one. */
  #free = none;
  /** From here on no block was ever taken. */
  #fresh = 0;
  #used = 0;

  /** @param blockBytes at least 4 */
  constructor(blockBytes: number) {
    this.blockBytes = blockBytes;
    this.bytes = new Uint8Array(Math.max(1, Math.floor(slabBytes / blockBytes)) * blockBytes);
    this.#view = new DataView(this.bytes.buffer);
  }

  get full(): boolean {
    return this.#free === none && this.#fresh === this.bytes.length;
  }

  get empty(): boolean {
    return this.#used === 0;
  }

  /** The offset of a block, which holds whatever was there before. There must be a free one. */
  take(): number {
    this.#used++;
    if (this.#free === none) {
      this.#fresh += this.blockBytes;
      return this.#fresh - this.blockBytes;
    }
    const at = this.#free;
    this.#free = this.#view.getInt32(at);
    return at;
  }

  give(at: number): void {
    this.#used--;
    this.#view.setInt32(at, this.#free);
    this.#free = at;
  }
}

/** Takes no memory until the first block is asked for. */
export function createSlabs(): Slabs {
  /** By bytes of a block: the slabs that blocks are taken from, the last one first. */
  const listed = new Map<number, Slab[]>();
  let bytes = 0;

  const listOf = (blockBytes: number): Slab[] => {
    let list = listed.get(blockBytes);
    if (list === undefined) {
      list = [];
      listed.set(blockBytes, list);
    }
    return list;
  };

  const add = (slab: Slab, list: Slab[]): void => {
    slab.listed = true;
    list.push(slab);
  };

  return {
    get bytes() {
      return bytes;
    },
    withRoom(blockBytes) {
      const list = listOf(blockBytes);
      for (let slab = list.at(-1); slab !== undefined; slab = list.at(-1)) {
        if (!slab.full) return slab;
        slab.listed = false;
        list.pop();
      }
      const slab = new Slab(blockBytes);
      bytes += slab.bytes.length;
      add(slab, list);
      return slab;
    },
    free(slab, at) {
      slab.give(at);
      const list = listOf(slab.blockBytes);
      if (!slab.listed) add(slab, list);
      const isSpare = list.length > 1 || slab.blockBytes > keptBlockBytesMax;
      if (!slab.empty || !isSpare) return; // a small one stays: the next block is likely wanted soon
      list.splice(list.indexOf(slab), 1);
      bytes -= slab.bytes.length;
    },
  };
}
