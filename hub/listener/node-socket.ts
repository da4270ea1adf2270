import type { Socket } from 'node:net';
import type WebSocket from 'ws';
import type { Frame } from '#protocol/codec.ts';
import { droppedFrame, type HubSocket } from './hub-socket.ts';
import { frameOf, frameStart } from './node-frame.ts';
import type { Topics } from './node-topics.ts';
import type { RoundMember, WriteRound } from './node-writes.ts';
import type { Topic } from './topic.ts';

/** What the sockets of one port share, and who hears of one that lost frames or was closed. */
export interface NodeSocketDeps {
  readonly round: WriteRound;
  readonly topics: Topics<NodeSocket>;
  /** Frames of this socket were dropped; called once a round. */
  readonly dropped: () => void;
  /** Called once, when the socket is closed from either end. */
  readonly closed: () => void;
}

/** Bytes that may wait for one socket before what is sent to it is dropped. */
export interface NodeSocketLimits {
  readonly socketBufferBytes: number;
}

/** Gathered frames go out before the end of their round when they have so much; the size of uWebSockets' cork buffer. */
const gatheredBytesMax = 16_384;

/**
 * A WebSocket that `ws` reads and that is written past it: the frame of a publication is made once, and the same bytes
 * go to every connection, a round's frames in one write. What is above the limit is dropped as uWebSockets drops it:
 * after a first frame everything else in the round, so that nothing follows what is missing.
 */
export class NodeSocket implements HubSocket, RoundMember {
  readonly #ws: WebSocket;
  readonly #raw: Socket;
  readonly #deps: NodeSocketDeps;
  readonly #limits: NodeSocketLimits;
  readonly #topics = new Set<Topic>();
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #inRound = false;
  #dropping = false;
  #closed = false;
  /** Bytes read when the socket was last looked at, and how long it has been silent by then. */
  #heardBytes = -1;
  #silentMs = 0;

  constructor(ws: WebSocket, raw: Socket, deps: NodeSocketDeps, limits: NodeSocketLimits) {
    this.#ws = ws;
    this.#raw = raw;
    this.#deps = deps;
    this.#limits = limits;
    ws.on('ping', (payload) => this.#pong(payload));
    ws.on('error', () => undefined); // `ws` closes the connection by itself
    ws.on('close', () => this.#close());
  }

  /** False once either end began to close it: nothing is received or sent any more. */
  get open(): boolean {
    return !this.#closed && this.#ws.readyState === 1;
  }

  send(frame: Frame, isBinary: boolean): number {
    return this.write(frameOf(isBinary ? frameStart.binary : frameStart.text, frame));
  }

  /** Sends a frame that may be shared; returns what `send` does. */
  write(frame: Buffer): number {
    if (!this.open) return 0;
    if (this.#gatheredBytes >= gatheredBytesMax) this.#writeGathered();
    if (this.#dropping || this.getBufferedAmount() > this.#limits.socketBufferBytes) return this.#drop();
    this.#joinRound();
    this.#gathered.push(frame);
    this.#gatheredBytes += frame.length;
    return this.#raw.writableLength === 0 ? 1 : 0;
  }

  getBufferedAmount(): number {
    return this.#raw.writableLength + this.#gatheredBytes;
  }

  subscribe(topic: Topic): boolean {
    if (this.#closed) return false;
    this.#topics.add(topic);
    this.#deps.topics.add(topic, this);
    return true;
  }

  unsubscribe(topic: Topic): boolean {
    this.#deps.topics.delete(topic, this);
    return this.#topics.delete(topic);
  }

  /** All of a round is one write. */
  cork(work: () => void): void {
    work();
  }

  end(code: number, reason: Uint8Array): void {
    if (this.#closed) return;
    this.#writeGathered();
    this.#ws.close(code, Buffer.from(reason));
    this.#close();
  }

  /** Ends the connection without a word. */
  terminate(): void {
    this.#ws.terminate();
    this.#close();
  }

  endRound(): void {
    this.#inRound = false;
    this.#dropping = false;
    if (this.open) this.#writeGathered();
  }

  /** To be called every `passedMs`: pings who is silent, and ends the connection of who stays so. */
  checkIdle(passedMs: number, idleTimeoutMs: number): void {
    const { bytesRead } = this.#raw;
    this.#silentMs = bytesRead === this.#heardBytes ? this.#silentMs + passedMs : 0;
    this.#heardBytes = bytesRead;
    if (this.#silentMs >= idleTimeoutMs) this.terminate();
    else if (this.#silentMs >= idleTimeoutMs / 2) this.write(frameOf(frameStart.ping, nothing));
  }

  /** Who does not read gets no more answers. */
  #pong(payload: Uint8Array): void {
    if (this.getBufferedAmount() <= this.#limits.socketBufferBytes)
      this.write(frameOf(frameStart.pong, payload));
  }

  #joinRound(): void {
    if (this.#inRound) return;
    this.#inRound = true;
    this.#deps.round.join(this);
  }

  #writeGathered(): void {
    if (this.#gatheredBytes === 0) return;
    const frames = this.#gathered;
    const bytes = this.#gatheredBytes;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#deps.round.write(this.#raw, frames, bytes);
  }

  #drop(): number {
    if (!this.#dropping) {
      this.#dropping = true;
      this.#joinRound();
      this.#deps.dropped();
    }
    return droppedFrame;
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const topic of this.#topics) this.#deps.topics.delete(topic, this);
    this.#topics.clear();
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#deps.closed();
  }
}

const nothing = new Uint8Array(0);
