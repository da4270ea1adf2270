import type { Socket } from 'node:net';

/** What a network does to the bytes of a connection; `black_hole`: nothing arrives, and nobody is told. */
export type Impairment =
  | { readonly kind: 'none' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  | { readonly kind: 'black_hole' };

interface Piece {
  readonly bytes: Buffer;
  /** Of `performance.now()`. */
  readonly dueAt: number;
}

/** Above this the sender is not read any more: the kernel's buffers fill up to it, as in a real network. */
const waitingBytesMax = 65_536;
const throttleStepsPerSecond = 20;

/** One direction of a connection: takes bytes from one socket to another, as well as the network lets it. */
export class ImpairedPipe {
  readonly #from: Socket;
  readonly #to: Socket;
  #impairment: Impairment = { kind: 'none' };
  #waiting: Piece[] = [];
  #waitingBytes = 0;
  #lastDueAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket) {
    this.#from = from;
    this.#to = to;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    to.on('drain', () => this.#goOn());
  }

  /** For what comes from now on; a healed pipe delivers what waited, in order. */
  impair(impairment: Impairment): void {
    this.#impairment = impairment;
    if (impairment.kind === 'black_hole') this.#from.pause();
    else this.#goOn();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #take(bytes: Buffer): void {
    for (const piece of this.#pieces(bytes)) {
      this.#lastDueAt = Math.max(this.#lastDueAt, performance.now()) + this.#costMs(piece.length);
      const dueAt =
        this.#impairment.kind === 'delay' ? performance.now() + this.#impairment.ms : this.#lastDueAt;
      this.#waiting.push({ bytes: piece, dueAt });
      this.#waitingBytes += piece.length;
    }
    this.#goOn();
  }

  /** A slow line brings a large chunk bit by bit. */
  #pieces(bytes: Buffer): Buffer[] {
    if (this.#impairment.kind !== 'throttle') return [bytes];
    const size = Math.max(1, Math.floor(this.#impairment.bytesPerSecond / throttleStepsPerSecond));
    return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
  }

  #costMs(bytes: number): number {
    return this.#impairment.kind === 'throttle' ? (1000 * bytes) / this.#impairment.bytesPerSecond : 0;
  }

  #goOn(): void {
    clearTimeout(this.#timer);
    if (this.#impairment.kind === 'black_hole' || this.#to.destroyed) return;
    const now = performance.now();
    for (let piece = this.#waiting[0]; piece !== undefined; piece = this.#waiting[0]) {
      if (this.#to.writableNeedDrain) break;
      if (piece.dueAt > now) {
        this.#timer = setTimeout(() => this.#goOn(), piece.dueAt - now);
        break;
      }
      this.#waiting.shift();
      this.#waitingBytes -= piece.bytes.length;
      this.#to.write(piece.bytes);
    }
    if (this.#waitingBytes > waitingBytesMax) this.#from.pause();
    else this.#from.resume();
  }
}
