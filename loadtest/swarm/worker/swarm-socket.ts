import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { LatencyCounts } from '#loadtest/swarm/counting/latency-counts.ts';
import type { Ledger } from '#loadtest/swarm/counting/ledger.ts';
import type { Dialect, SocketSink } from '#loadtest/swarm/dialect/dialect.ts';
import type { Endpoint } from '#loadtest/swarm/target/endpoint.ts';
import type { ResetReason, SubscribedSymbol } from '#protocol/messages.ts';
import { type FrameHandler, FrameReader, type ReadBuffer } from './frame-reader.ts';
import { maskedFrame, opcodes } from './masked-frame.ts';
import type { SwarmCounts } from './worker-messages.ts';

/** What a socket uses of the pool that it is in, and tells it. */
export interface SocketOwner {
  readonly dialect: Dialect;
  readonly buffer: ReadBuffer;
  readonly ledger: Ledger;
  readonly latencies: LatencyCounts;
  readonly frequencyMs: number;
  readonly openTimeoutMs: number;
  /** Whether slow sockets are slow just now. */
  readonly slowing: boolean;
  /** Unix ms. */
  readonly clock: () => number;
  /** When the read that is judged came, Unix ms. */
  nowMs: number;
  readonly counts: SwarmCounts;
  subscribed(waitedMs: number): void;
  closed(socket: SwarmSocket, wasSubscribed: boolean, problem: Error | undefined): void;
  closeCode(code: number): void;
  problem(words: string): void;
  nameOf(socket: SwarmSocket): number;
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
  readonly #owner: SocketOwner;
  #socket: Socket | undefined;
  #reader: FrameReader;
  /** The answer to the upgrade, while it is read. */
  #head: string | undefined;
  #isSubscribed = false;
  /** When it began to connect, Unix ms. */
  #openedAtMs = 0;
  /** Slow ones only: bytes that may be read just now. */
  #allowance = 0;

  constructor(index: number, symbols: readonly string[], owner: SocketOwner, pace?: number) {
    this.index = index;
    this.symbols = symbols;
    this.frequencyMs = owner.frequencyMs;
    this.pace = pace;
    this.#owner = owner;
    this.#reader = new FrameReader(this, owner.buffer);
  }

  get isSubscribed(): boolean {
    return this.#isSubscribed;
  }

  /** Whether it has a connection, or is about to get one. */
  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  /** Connects, upgrades and subscribes; its owner is told how it goes. */
  open(endpoint: Endpoint, localAddress: string | undefined): void {
    const owner = this.#owner;
    const socket: Socket = connect({
      ...endpoint,
      ...(localAddress !== undefined && { localAddress }),
      noDelay: true,
      onread: { buffer: owner.buffer.target, callback: (length) => this.#received(socket, length) },
    });
    this.#socket = socket;
    this.#openedAtMs = owner.clock();
    this.#reader = new FrameReader(this, owner.buffer);
    this.#head = '';
    this.#allowance = this.pace ?? 0;
    const timer = setTimeout(
      () => socket.destroy(new Error('it did not answer in time')),
      owner.openTimeoutMs,
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
      owner.closed(this, wasSubscribed, problem);
    });
    this.#upgraded = () => clearTimeout(timer);
  }

  /** Ends the connection without a word, and without its owner being told. */
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
    return this.#owner.ledger.since(this.index, symbol);
  }

  send(payload: string | Uint8Array): void {
    const opcode = typeof payload === 'string' ? opcodes.text : opcodes.binary;
    this.#socket?.write(maskedFrame(opcode, Buffer.from(payload)));
  }

  refused(symbols: readonly string[]): void {
    const socket = this.#socket;
    this.#owner.counts.refused += symbols.length;
    const again = (): void => {
      if (socket === this.#socket && socket !== undefined) this.#owner.dialect.askAgain?.(symbols, this);
    };
    setTimeout(again, askAgainMs * (1 + Math.random()));
  }

  subscribed(): void {
    if (this.#isSubscribed) return;
    this.#isSubscribed = true;
    this.#owner.subscribed(this.#owner.clock() - this.#openedAtMs);
  }

  update(key: number, from: number, seq: number, receivedMs: number, snapshot: boolean): void {
    const owner = this.#owner;
    const judgement = owner.ledger.update(this.index, key, from, seq, snapshot);
    if (judgement !== 'live') owner.counts[judgement]++;
    else if (this.pace !== undefined) owner.counts.slowUpdates++;
    else {
      owner.counts.updates++;
      if (receivedMs > 0) owner.latencies.record(owner.nowMs - receivedMs);
    }
  }

  subscribedTo(symbol: string, answer: SubscribedSymbol): void {
    this.#owner.ledger.subscribed(this.index, symbol, answer);
  }

  reset(symbol: string, reason: ResetReason, position: string | undefined): void {
    this.#owner.counts.resets[reason]++;
    this.#owner.ledger.reset(this.index, symbol, position);
  }

  problem(words: string): void {
    this.#owner.problem(`socket ${this.#owner.nameOf(this)}: ${words}`);
  }

  message(bytes: Buffer, start: number, end: number): void {
    this.#owner.counts.frames++;
    this.#owner.dialect.read(bytes, start, end, this);
  }

  ping(payload: Buffer): void {
    this.#socket?.write(maskedFrame(opcodes.pong, payload));
  }

  closing(code: number): void {
    this.#owner.closeCode(code);
  }

  broken(words: string): void {
    this.problem(words);
    this.#socket?.destroy();
  }

  #upgraded: () => void = () => undefined;

  /** Returns whether to read on. */
  #received(socket: Socket, length: number): boolean {
    if (socket !== this.#socket) return true;
    const { counts, clock } = this.#owner;
    counts.reads++;
    counts.bytes += length;
    this.#owner.nowMs = clock();
    if (this.#head === undefined) this.#reader.read(length);
    else this.#readHead(this.#head, length);
    if (this.pace === undefined || !this.#owner.slowing) return true;
    this.#allowance -= length;
    return this.#allowance > 0;
  }

  #readHead(before: string, length: number): void {
    const { target } = this.#owner.buffer;
    const head = before + target.toString('latin1', 0, length);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0 && head.length < upgradeBytesMax) this.#head = head;
    else if (!head.startsWith('HTTP/1.1 101'))
      this.#socket?.destroy(new Error(`it refused: ${head.split('\r\n', 1)[0]}`));
    else {
      this.#head = undefined;
      this.#upgraded();
      this.#owner.dialect.opened(this);
      const frames = end + 4 - before.length;
      target.copyWithin(0, frames, length);
      this.#reader.read(length - frames);
    }
  }

  #forget(): void {
    this.#socket = undefined;
    this.#isSubscribed = false;
    this.#owner.ledger.disconnected(this.index);
  }

  #upgradeRequest({ host, port }: Endpoint): string {
    const { path, subprotocol } = this.#owner.dialect;
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
