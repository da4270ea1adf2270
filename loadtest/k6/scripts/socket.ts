import { clearTimeout, setTimeout } from 'k6/timers';
import { WebSocket } from 'k6/websockets';
import { Follower, type FollowerOptions } from '../../scripted/follower.ts';
import { countConnect, countDrop, createMetricsSink } from './metrics.ts';

/** A connection that is not open after so long counts as failed. */
const connectTimeoutMs = 10_000;
/** Wait before the next attempt: doubles with every failure, and is spread over its upper half. */
const backOffMs = { first: 250, max: 8000 } as const;

/** One socket of a virtual user: follows its symbols, and comes back with `since` whenever it was lost. */
export class FollowingSocket {
  readonly follower: Follower;
  readonly #targets: readonly string[];
  #target: number;
  #socket: WebSocket | undefined;
  /** Of the connection attempt, or of the wait before it. */
  #timer = 0;
  #failures = 0;
  #ended = false;

  /** @param index which of the targets comes first */
  constructor(targets: readonly string[], index: number, crowd: string, options: FollowerOptions) {
    this.#targets = targets;
    this.#target = index;
    this.follower = new Follower(options, createMetricsSink(crowd));
  }

  connect(): void {
    const socket = new WebSocket(this.#targets[this.#target % this.#targets.length] ?? '');
    let opened = false;
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#lost(socket, opened), connectTimeoutMs);
    socket.addEventListener('open', () => {
      if (this.#socket !== socket) return;
      opened = true;
      clearTimeout(this.#timer);
      countConnect(false);
      this.#failures = 0;
      socket.send(this.follower.opened());
    });
    socket.addEventListener('message', (event) => {
      if (this.#socket !== socket || !('data' in event) || typeof event.data !== 'string') return;
      this.follower.message(event.data);
      this.#moveWhenAsked();
    });
    socket.addEventListener('error', () => this.#lost(socket, opened));
    socket.addEventListener('close', () => this.#lost(socket, opened));
  }

  /** Closes the connection as a client does that has lost its network, and comes back after `afterMs`. */
  reconnect(afterMs: number): void {
    this.#leave();
    this.#comeBack(afterMs);
  }

  /** Closes the connection for good. */
  end(): void {
    this.#ended = true;
    this.#leave();
  }

  #leave(): void {
    const socket = this.#socket;
    this.#socket = undefined; // what it still says is not listened to
    clearTimeout(this.#timer);
    socket?.close();
    this.follower.closed();
  }

  #lost(socket: WebSocket, opened: boolean): void {
    if (this.#socket !== socket) return;
    this.#leave();
    if (opened) countDrop();
    else countConnect(true);
    this.#target++;
    const waitMs = Math.min(backOffMs.first * 2 ** this.#failures++, backOffMs.max);
    this.#comeBack(waitMs * (0.5 + 0.5 * Math.random()));
  }

  /** A hub that drains says when to go; that is no drop. */
  #moveWhenAsked(): void {
    const afterMs = this.follower.reconnectAfterMs;
    if (afterMs === undefined) return;
    this.#target++;
    this.reconnect(afterMs);
  }

  #comeBack(afterMs: number): void {
    if (this.#ended) return;
    this.#timer = setTimeout(() => this.connect(), afterMs);
  }
}
