import type { WireFormat } from '#protocol/codec.ts';
import type { Clock } from './clock.ts';
import type { HubConnectionLimits } from './connection/hub-connection.ts';
import type { SessionFetch } from './connection/session.ts';
import type { WebSocketConstructor } from './connection/socket.ts';
import type { TokenSource } from './connection/token.ts';
import type { Update } from './update.ts';
import type { QueueLimits } from './update-queue.ts';

/** Of the back-off between connections: exponential, with full jitter, so that clients that fell together spread out. */
export interface ReconnectLimits {
  /** Longest wait before the first attempt. */
  readonly reconnectBaseMs: number;
  /** Longest wait before any attempt. */
  readonly reconnectMaxMs: number;
  /** A connection that lived for so long begins the back-off anew when it ends. */
  readonly stableAfterMs: number;
}

/** Bounds of a client's connections, requests and queues. */
export interface ClientLimits extends HubConnectionLimits, ReconnectLimits, QueueLimits {}

/** What a client keeps to unless it is told otherwise. */
export const defaultLimits: ClientLimits = {
  openTimeoutMs: 10_000,
  requestSymbolsMax: 200,
  requestsUnansweredMax: 8,
  answerTimeoutMs: 15_000, // a hub itself gives up after 5 s and says so
  retryAfterMs: 2000,
  reconnectBaseMs: 500,
  reconnectMaxMs: 15_000,
  stableAfterMs: 10_000,
  queueUpdatesMax: 1000,
};

/** How a client connects. */
export interface ConnectOptions {
  /** Default `json`; `msgpack` is smaller on the wire, and slower to read in a browser. */
  readonly format?: WireFormat;
  /** Default: the runtime's own. Node before version 22 has none: pass that of the `ws` package. */
  readonly webSocket?: WebSocketConstructor;
  /**
   * Shown to hubs that ask who comes. With a function the client stays connected beyond the life of a token, and comes
   * back with a new one; with a text it is over when that expires.
   */
  readonly token?: TokenSource;
  /**
   * Asked by POST, with the token, before each connection for the hub to connect to, which is then shown a ticket in
   * the token's place; may be relative to `url`, e.g. `/session`. Without it `url` itself is connected to.
   */
  readonly sessionUrl?: string;
  /** Default: the runtime's own; for `sessionUrl` only. */
  readonly fetch?: SessionFetch;
  readonly limits?: Partial<ClientLimits>;
  readonly clock?: Clock;
  /** 0 … 1; default `Math.random`. */
  readonly random?: () => number;
}

/** What a subscription brings, and to whom. */
export interface SubscribeOptions {
  /** At most one update per symbol and so many milliseconds (0 … 60,000), the newest; 0, the default = every one. */
  readonly frequency?: number;
  /** Called for every update. */
  readonly onUpdate?: (update: Update) => void;
}
