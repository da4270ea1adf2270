import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { ResetReason } from '#protocol/messages.ts';
import type { Crew } from './crew.ts';
import type { SocketSink } from './dialect.ts';
import { type FrameHandler, FrameReader } from './frame-reader.ts';
import { maskedFrame, opcodes } from './masked-frame.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** After so long symbols are asked for again that the hub could not serve; up to twice that, at random. */
const askAgainMs = 2000;
/** Bytes that the answer to an upgrade request may have. */
const upgradeBytesMax = 16_384;

/** One client: a TCP socket whose reads go into the worker's one buffer, and what it makes of the frames in it. */
export class SwarmSocket implements SocketSink, FrameHandler {
  readonly index: number;
  readonly symbols: readonly string[];
  readonly frequencyMs: number;
  /** Bytes per second that it reads; undefined = as fast as it can. */
  readonly pace: number | undefined;
  readonly #crew: Crew;
  #socket: Socket | undefined;
  #reader: FrameReader;
  /** The answer to the upgrade, while it is read. */
  #head: string | undefined;
  #isSubscribed = false;
  /** When it began to connect, Unix ms. */
  #openedAtMs = 0;
  /** Slow ones only: bytes that may be read just now. */
  #allowance = 0;

  constructor(index: number, symbols: readonly string[], crew: Crew, pace?: number) {
    this.index = index;
    this.symbols = symbols;
    this.frequencyMs = crew.frequencyMs;
    this.pace = pace;
    this.#crew = crew;
    this.#reader = new FrameReader(this, crew.buffer);
  }

  get isSubscribed(): boolean {
    return this.#isSubscribed;
  }

  /** Whether it has a connection, or is about to get one. */
  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  /** Connects, upgrades and subscribes; the crew is told how it goes. */
  open(endpoint: Endpoint, localAddress: string | undefined): void {
    const crew = this.#crew;
    const socket: Socket = connect({
      ...endpoint,
      ...(localAddress !== undefined && { localAddress }),
      noDelay: true,
      onread: { buffer: crew.buffer.target, callback: (length) => this.#received(socket, length) },
    });
    this.#socket = socket;
    this.#openedAtMs = crew.clock();
    this.#reader = new FrameReader(this, crew.buffer);
    this.#head = '';
    this.#allowance = this.pace ?? 0;
    const timer = setTimeout(
      () => socket.destroy(new Error('it did not answer in time')),
      crew.openTimeoutMs,
    );
    socket.once('connect', () => socket.write(this.#upgradeRequest(endpoint)));
    let problem: Error | undefined;
    socket.once('error', (error) => {
      problem = error;
    });
    socket.once('close', () => {
      clearTimeout(timer);
      if (socket !== this.#socket) return;
      const wasSubscribed = this.#isSubscribed;
      this.#forget();
      crew.closed(this, wasSubscribed, problem);
    });
    this.#upgraded = () => clearTimeout(timer);
  }

  /** Ends the connection without a word, and without the crew being told. */
  abandon(): void {
    const socket = this.#socket;
    this.#forget();
    socket?.destroy();
  }

  /** A slow one may read on: `ms` have passed. */
  allow(ms: number): void {
    const pace = this.pace ?? 0;
    const before = this.#allowance;
    this.#allowance = Math.min(before + (pace * ms) / 1000, pace);
    if (before <= 0 && this.#allowance > 0) this.#socket?.resume();
  }

  since(symbol: string): string | undefined {
    return this.#crew.ledger.since(this.index, symbol);
  }

  send(payload: string | Uint8Array): void {
    const opcode = typeof payload === 'string' ? opcodes.text : opcodes.binary;
    this.#socket?.write(maskedFrame(opcode, Buffer.from(payload)));
  }

  refused(symbols: readonly string[]): void {
    const socket = this.#socket;
    this.#crew.counts.refused += symbols.length;
    const again = (): void => {
      if (socket === this.#socket && socket !== undefined) this.#crew.dialect.askAgain?.(symbols, this);
    };
    setTimeout(again, askAgainMs * (1 + Math.random()));
  }

  subscribed(): void {
    if (this.#isSubscribed) return;
    this.#isSubscribed = true;
    this.#crew.subscribed(this.#crew.clock() - this.#openedAtMs);
  }

  update(key: number, from: number, seq: number, receivedMs: number, snapshot: boolean): void {
    const crew = this.#crew;
    const judgement = crew.ledger.update(this.index, key, from, seq, snapshot);
    if (judgement !== 'live') crew.counts[judgement]++;
    else if (this.pace !== undefined) crew.counts.slowUpdates++;
    else {
      crew.counts.updates++;
      if (receivedMs > 0) crew.latencies.record(crew.nowMs - receivedMs);
    }
  }

  position(symbol: string, epoch: number, seq: number): void {
    this.#crew.ledger.position(this.index, symbol, epoch, seq);
  }

  noPosition(symbol: string): void {
    this.#crew.ledger.noPosition(this.index, symbol);
  }

  recovered(symbol: string): void {
    this.#crew.ledger.recovered(this.index, symbol);
  }

  reset(symbol: string, reason: ResetReason, epoch: number, seq: number): void {
    this.#crew.counts.resets[reason]++;
    this.#crew.ledger.position(this.index, symbol, epoch, seq);
  }

  problem(words: string): void {
    this.#crew.problem(`socket ${this.#crew.nameOf(this)}: ${words}`);
  }

  message(bytes: Buffer, start: number, end: number): void {
    this.#crew.counts.frames++;
    this.#crew.dialect.read(bytes, start, end, this);
  }

  ping(payload: Buffer): void {
    this.#socket?.write(maskedFrame(opcodes.pong, payload));
  }

  closing(code: number): void {
    this.#crew.closeCode(code);
  }

  broken(words: string): void {
    this.problem(words);
    this.#socket?.destroy();
  }

  #upgraded: () => void = () => undefined;

  /** Returns whether to read on. */
  #received(socket: Socket, length: number): boolean {
    if (socket !== this.#socket) return true;
    const { counts, clock } = this.#crew;
    counts.reads++;
    counts.bytes += length;
    this.#crew.nowMs = clock();
    if (this.#head === undefined) this.#reader.read(length);
    else this.#readHead(this.#head, length);
    if (this.pace === undefined || !this.#crew.slowing) return true;
    this.#allowance -= length;
    return this.#allowance > 0;
  }

  #readHead(before: string, length: number): void {
    const { target } = this.#crew.buffer;
    const head = before + target.toString('latin1', 0, length);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0 && head.length < upgradeBytesMax) this.#head = head;
    else if (!head.startsWith('HTTP/1.1 101'))
      this.#socket?.destroy(new Error(`it refused: ${head.split('\r\n', 1)[0]}`));
    else {
      this.#head = undefined;
      this.#upgraded();
      this.#crew.dialect.opened(this);
      const frames = end + 4 - before.length;
      target.copyWithin(0, frames, length);
      this.#reader.read(length - frames);
    }
  }

  #forget(): void {
    this.#socket = undefined;
    this.#isSubscribed = false;
  }

  #upgradeRequest({ host, port }: Endpoint): string {
    const { path, subprotocol } = this.#crew.dialect;
    return [
      `GET ${path} HTTP/1.1`,
      `Host: ${host}:${port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      ...(subprotocol === '' ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
      '\r\n',
    ].join('\r\n');
  }
}
