/** Longest start of a payload that is looked at: what tells updates from other messages, and how many they are. */
const prefixLength = 32;

/** A server's frame: two to ten bytes of header, no mask (RFC 6455, 5.2). */
export class FrameCounter {
  /** Updates in data frames whose payload begins as theirs does. */
  updates = 0;
  /** Data frames in all. */
  frames = 0;
  bytes = 0;
  readonly #updatePrefix: Buffer;
  /** Bytes of the current payload still to come. */
  #remaining = 0;
  /** What was left of a chunk that ended inside a header or prefix. */
  #rest: Buffer = Buffer.alloc(0);

  /**
   * @param updatePrefix the first bytes of every update's payload, at most 29. Where the next byte begins a
   * MessagePack map, as it does behind the whole head of a message, its entries are counted; otherwise a frame is one.
   */
  constructor(updatePrefix: Buffer) {
    this.#updatePrefix = updatePrefix.subarray(0, prefixLength);
  }

  push(received: Buffer): void {
    this.bytes += received.length;
    const chunk = this.#rest.length === 0 ? received : Buffer.concat([this.#rest, received]);
    this.#rest = chunk.subarray(this.#read(chunk));
  }

  /** Returns how far the chunk could be read. */
  #read(chunk: Buffer): number {
    let at = 0;
    for (;;) {
      if (this.#remaining > 0) {
        const skipped = Math.min(this.#remaining, chunk.length - at);
        at += skipped;
        this.#remaining -= skipped;
        if (this.#remaining > 0) return at;
      }
      const header = headerLength(chunk, at);
      if (header === undefined) return at;
      const length = payloadLength(chunk, at);
      if (chunk.length - at < header + Math.min(length, prefixLength)) return at;
      this.#count(chunk, at, header, length);
      at += header;
      this.#remaining = length;
    }
  }

  #count(chunk: Buffer, at: number, header: number, length: number): void {
    const opcode = (chunk[at] ?? 0) & 0x0f;
    if (opcode !== 1 && opcode !== 2) return;
    this.frames++;
    const start = at + header;
    const prefix = this.#updatePrefix;
    if (length >= prefix.length && prefix.compare(chunk, start, start + prefix.length) === 0)
      this.updates += entriesOf(chunk, start + prefix.length);
  }
}

/** Entries of the MessagePack map at `at`; 1 where there is none. */
function entriesOf(chunk: Buffer, at: number): number {
  const header = chunk[at] ?? 0;
  if (header >> 4 === 0x8) return header & 0x0f;
  return header === 0xde ? chunk.readUInt16BE(at + 1) : 1;
}

function headerLength(chunk: Buffer, at: number): number | undefined {
  if (chunk.length - at < 2) return undefined;
  const short = (chunk[at + 1] ?? 0) & 0x7f;
  const length = short < 126 ? 2 : short === 126 ? 4 : 10;
  return chunk.length - at < length ? undefined : length;
}

function payloadLength(chunk: Buffer, at: number): number {
  const short = (chunk[at + 1] ?? 0) & 0x7f;
  if (short < 126) return short;
  return short === 126 ? chunk.readUInt16BE(at + 2) : Number(chunk.readBigUInt64BE(at + 2));
}
