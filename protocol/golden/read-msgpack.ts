/**
 * A reader of MessagePack written from its specification alone (github.com/msgpack/msgpack/blob/master/spec.md),
 * and only as much of it as JSON needs: proof that our frames need no particular library.
 * @throws Error for anything else
 */
export function readMsgpack(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes);
  const value = reader.value();
  if (!reader.atEnd) throw new Error('bytes are left over');
  return value;
}

class Reader {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at === this.#view.byteLength;
  }

  value(): unknown {
    const head = this.#unsigned(1);
    if (head <= 0x7f) return head;
    if (head <= 0x8f) return this.#map(head - 0x80);
    if (head <= 0x9f) return this.#list(head - 0x90);
    if (head <= 0xbf) return this.#text(head - 0xa0);
    if (head >= 0xe0) return head - 0x100;
    return this.#longValue(head);
  }

  #longValue(head: number): unknown {
    if (head === 0xc0) return null;
    if (head === 0xc2 || head === 0xc3) return head === 0xc3;
    if (head === 0xcb) return this.#take(8, (at) => this.#view.getFloat64(at));
    if (head >= 0xcc && head <= 0xcf) return this.#unsigned(1 << (head - 0xcc));
    if (head >= 0xd0 && head <= 0xd2) return this.#signed(1 << (head - 0xd0));
    if (head >= 0xd9 && head <= 0xdb) return this.#text(this.#unsigned(1 << (head - 0xd9)));
    if (head === 0xdc || head === 0xdd) return this.#list(this.#unsigned(head === 0xdc ? 2 : 4));
    if (head === 0xde || head === 0xdf) return this.#map(this.#unsigned(head === 0xde ? 2 : 4));
    throw new Error(`0x${head.toString(16)} is nothing that the contract needs`);
  }

  #map(length: number): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    for (let i = 0; i < length; i++) {
      const key = this.value();
      if (typeof key !== 'string') throw new Error('a key is text');
      entries.push([key, this.value()]);
    }
    return Object.fromEntries(entries);
  }

  #list(length: number): unknown[] {
    return Array.from({ length }, () => this.value());
  }

  #text(length: number): string {
    const { buffer, byteOffset } = this.#view;
    return this.#take(length, (at) =>
      new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(buffer, byteOffset + at, length)),
    );
  }

  #unsigned(size: number): number {
    return this.#take(size, (at) => {
      let number = 0;
      for (let i = 0; i < size; i++) number = number * 256 + this.#view.getUint8(at + i);
      return number;
    });
  }

  #signed(size: number): number {
    const number = this.#unsigned(size);
    return number >= 2 ** (8 * size - 1) ? number - 2 ** (8 * size) : number;
  }

  #take<T>(size: number, read: (at: number) => T): T {
    const at = this.#at;
    if (at + size > this.#view.byteLength) throw new Error('cut off');
    this.#at += size;
    return read(at);
  }
}
