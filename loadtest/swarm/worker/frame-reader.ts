/** What the frames of one socket are handed to. `bytes` is shared: nothing of it may be kept. */
export interface FrameHandler {
  /** A text or binary frame's payload. */
  message(bytes: Buffer, start: number, end: number): void;
  ping(payload: Buffer): void;
  /** The hub closes; 1005 when it gives no code. */
  closing(code: number): void;
  /** Not a frame that a hub may send, or one that this reader does not know; nothing is read after it. */
  broken(words: string): void;
}

/** Bytes before the place that the network is read into: what was left of the last read goes there. */
export const headroomBytes = 65_536;

/** The most that one read of a socket takes. */
export const readBytes = 65_536;
/** A larger frame is taken for a broken one. */
const frameBytesMax = 16_777_216;

/**
 * Where all sockets of a worker read into, one after the other. Nothing is allocated for a read, and a frame that
 * began in the last read is in one piece again without copying this one: its beginning is put before it.
 */
export class ReadBuffer {
  readonly bytes = Buffer.allocUnsafeSlow(headroomBytes + readBytes);
  /** What the socket is to read into. */
  readonly target = this.bytes.subarray(headroomBytes);
}

const nothing: Buffer = Buffer.alloc(0);

/** Finds the frames of one socket (RFC 6455, 5.2: two to ten bytes of header, no mask from a server). */
export class FrameReader {
  readonly #handler: FrameHandler;
  readonly #buffer: ReadBuffer;
  /** What is left of the last read. */
  #rest: Buffer = nothing;
  #restLength = 0;
  /** A frame that is larger than the headroom, and how much of it is there. */
  #large: Buffer | undefined;
  #largeLength = 0;

  constructor(handler: FrameHandler, buffer: ReadBuffer) {
    this.#handler = handler;
    this.#buffer = buffer;
  }

  /** So many bytes are in the buffer's target. */
  read(length: number): void {
    const { bytes } = this.#buffer;
    const end = headroomBytes + length;
    let start = headroomBytes;
    if (this.#large !== undefined) start = this.#growLarge(this.#large, bytes, start, end);
    else if (this.#restLength > 0) {
      start -= this.#restLength;
      this.#rest.copy(bytes, start, 0, this.#restLength);
      this.#restLength = 0;
    }
    const at = this.#frames(bytes, start, end);
    if (at < end) this.#keep(bytes, at, end);
  }

  /** Returns where the first frame begins that is not there whole. */
  #frames(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (end - at >= 2) {
      const short = (bytes[at + 1] as number) & 0x7f;
      let payload = at + 2;
      let length = short;
      if (short === 126) {
        payload += 2;
        if (payload > end) return at;
        length = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
      } else if (short === 127) {
        payload += 8;
        if (payload > end) return at;
        length = Number(bytes.readBigUInt64BE(at + 2));
      }
      if (payload + length > end) return at;
      const head = bytes[at] as number;
      at = payload + length;
      if (head === 0x82 || head === 0x81) this.#handler.message(bytes, payload, at);
      else this.#control(head, bytes, payload, at);
    }
    return at;
  }

  #control(head: number, bytes: Buffer, start: number, end: number): void {
    if (head === 0x89) this.#handler.ping(Buffer.from(bytes.subarray(start, end)));
    else if (head === 0x88) this.#handler.closing(end - start >= 2 ? bytes.readUInt16BE(start) : 1005);
    else if (head !== 0x8a)
      this.#handler.broken(
        `a frame began with 0x${head.toString(16)}: in parts, compressed, or no frame at all`,
      );
  }

  #keep(bytes: Buffer, at: number, end: number): void {
    const length = end - at;
    const whole = wholeLength(bytes, at, end);
    if (whole > frameBytesMax) {
      this.#handler.broken(`a frame of ${whole} bytes is larger than ${frameBytesMax}`);
    } else if (whole > headroomBytes) {
      this.#large = Buffer.allocUnsafeSlow(whole);
      this.#largeLength = bytes.copy(this.#large, 0, at, end);
    } else {
      if (this.#rest.length < length) this.#rest = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(length)));
      this.#restLength = bytes.copy(this.#rest, 0, at, end);
    }
  }

  /** Returns where the bytes go on that are not the large frame's. */
  #growLarge(large: Buffer, bytes: Buffer, start: number, end: number): number {
    const taken = bytes.copy(large, this.#largeLength, start, end);
    this.#largeLength += taken;
    if (this.#largeLength === large.length) {
      this.#large = undefined;
      this.#frames(large, 0, large.length);
    }
    return start + taken;
  }
}

/** Bytes of the frame that begins at `at` with its header; 0 while the header is not there whole. */
function wholeLength(bytes: Buffer, at: number, end: number): number {
  const short = end - at >= 2 ? (bytes[at + 1] as number) & 0x7f : 0;
  if (short === 126) return end - at >= 4 ? 4 + bytes.readUInt16BE(at + 2) : 0;
  if (short === 127) return end - at >= 10 ? 10 + Number(bytes.readBigUInt64BE(at + 2)) : 0;
  return 2 + short;
}
