import { type RawData, WebSocket } from 'ws';
import type { Cancel, Clock } from '#feed-adapter/clock.ts';
import type { ConnectionLimits } from './socket-limits.ts';

/**
 * How soon to try again after the end of a connection: `soon` = after the back-off, `slow` = after
 * `slowRetryMs` at least, `never` = the venue's refusal is final.
 */
export type Retry = 'soon' | 'slow' | 'never';

/** How a connection to a venue ended, and whether to try again. */
export interface ConnectionEnd {
  /** Why, for people; never holds a key. */
  readonly problem: string;
  readonly retry: Retry;
  /** Nothing was heard for `staleMs`. */
  readonly stale?: true;
  /** The venue broke the WebSocket protocol, or sent more than `payloadMaxBytes` at once. */
  readonly malformed?: true;
}

/** The events of a connection, in this order. */
export interface ConnectionListener {
  opened(): void;
  message(text: string): void;
  /** Comes once, unless `close` was called before; no message follows. */
  ended(end: ConnectionEnd): void;
  /** The socket is gone for good; comes in any case. */
  closed(): void;
}

/** One WebSocket to a venue, from the first packet to the last, with every wait timed. */
export class VenueConnection {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #limits: ConnectionLimits;
  readonly #listener: ConnectionListener;
  #over = false;
  /** Monotonic ms of the last sign of life. */
  #heardAt: number;
  #cancelDeadline: Cancel;
  #cancelWatch: Cancel = () => undefined;

  constructor(url: string, listener: ConnectionListener, clock: Clock, limits: ConnectionLimits) {
    this.#listener = listener;
    this.#clock = clock;
    this.#limits = limits;
    this.#heardAt = clock.monotonic();
    this.#socket = new WebSocket(url, { maxPayload: limits.payloadMaxBytes, perMessageDeflate: false });
    this.#listen();
    const { connectTimeoutMs } = limits;
    this.#cancelDeadline = this.#deadline(connectTimeoutMs, `no connection within ${connectTimeoutMs} ms`);
  }

  /** Sends a message as JSON; nothing happens when the connection is over. */
  send(message: object): void {
    if (!this.#over && this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** The venue has acknowledged everything: the deadline for that is called off. */
  ready(): void {
    this.#cancelDeadline();
  }

  /** Ends the connection for a reason of the venue's own protocol. */
  end(end: ConnectionEnd): void {
    if (this.#over) return;
    this.#hangUp();
    this.#listener.ended(end);
  }

  /** Ends the connection without a reason; only `closed` is reported. */
  close(): void {
    if (!this.#over) this.#hangUp();
  }

  /** Whether it has ended; its socket may still be closing. */
  get over(): boolean {
    return this.#over;
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('open', () => this.#opened());
    socket.on('message', (data) => this.#message(data));
    socket.on('ping', () => this.#heardFrame());
    socket.on('pong', () => this.#heardFrame());
    // 'close' always follows 'error'; the error comes first and says more.
    socket.on('error', (error) => this.end(endOf(error)));
    socket.on('close', (code) => {
      this.end({ problem: `closed by the venue, code ${code}`, retry: 'soon' });
      this.#listener.closed();
    });
  }

  #opened(): void {
    if (this.#over) return;
    this.#cancelDeadline();
    const { readyTimeoutMs } = this.#limits;
    this.#cancelDeadline = this.#deadline(readyTimeoutMs, `no acknowledgement within ${readyTimeoutMs} ms`);
    this.#heardAt = this.#clock.monotonic();
    this.#watch();
    this.#listener.opened();
  }

  #message(data: RawData): void {
    if (this.#over) return;
    this.#heardAt = this.#clock.monotonic();
    this.#listener.message(data.toString());
  }

  #heardFrame(): void {
    if (this.#limits.pingAfterMs > 0) this.#heardAt = this.#clock.monotonic();
  }

  /** Looks again when the silence could have become too long; costs nothing per message. */
  #watch(): void {
    const { staleMs, pingAfterMs } = this.#limits;
    const quietMs = this.#clock.monotonic() - this.#heardAt;
    if (quietMs >= staleMs) {
      this.end({ problem: `nothing heard for ${staleMs} ms`, retry: 'soon', stale: true });
      return;
    }
    const pings = pingAfterMs > 0 && pingAfterMs < staleMs;
    if (pings && quietMs >= pingAfterMs && this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
    const untilPingMs = quietMs < pingAfterMs ? pingAfterMs - quietMs : pingAfterMs;
    const waitMs = Math.min(staleMs - quietMs, pings ? untilPingMs : staleMs);
    this.#cancelWatch = this.#clock.after(Math.max(1, waitMs), () => this.#watch());
  }

  #deadline(delayMs: number, problem: string): Cancel {
    return this.#clock.after(delayMs, () => this.end({ problem, retry: 'soon' }));
  }

  #hangUp(): void {
    this.#over = true;
    this.#cancelDeadline();
    this.#cancelWatch();
    const cancel = this.#clock.after(this.#limits.closeTimeoutMs, () => this.#socket.terminate());
    this.#socket.once('close', cancel);
    if (this.#socket.readyState === WebSocket.CLOSED) cancel();
    else this.#socket.close();
  }
}

function endOf(error: Error): ConnectionEnd {
  const code = 'code' in error ? String(error.code) : '';
  // Codes of `ws` for what its receiver refuses, e.g. WS_ERR_UNSUPPORTED_MESSAGE_LENGTH.
  if (code.startsWith('WS_ERR_')) return { problem: error.message, retry: 'soon', malformed: true };
  return { problem: `connection failed: ${error.message || code}`, retry: 'soon' };
}
