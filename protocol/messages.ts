/** Echoed in the answer, so that a client can tell its answers apart. */
export type RequestId = string | number;

// ── client to hub ────────────────────────────────────────────────────────────────────────────────

/** Asks for symbols, or changes how those that are held already are served. */
export interface SubscribeMessage {
  readonly type: 'subscribe';
  /** As the client sent them; each is parsed on its own, so that a bad one fails alone. */
  readonly symbols: readonly unknown[];
  readonly id?: RequestId;
  /** Milliseconds between two updates of a symbol (0 … 60,000); absent or 0 = every update. */
  readonly frequency?: number;
  /** Position per symbol, after which the client wants what it missed. */
  readonly since?: Readonly<Record<string, unknown>>;
}

/** Gives symbols up. */
export interface UnsubscribeMessage {
  readonly type: 'unsubscribe';
  readonly symbols: readonly unknown[];
  readonly id?: RequestId;
}

/** Asks whether the hub is there; it answers with a `pong`. */
export interface PingMessage {
  readonly type: 'ping';
  readonly id?: RequestId;
}

/** Shows who the client is; over a connection that is authenticated already, it takes the place of the token before. */
export interface AuthenticateMessage {
  readonly type: 'authenticate';
  /** A JWT in its compact form. */
  readonly token: string;
  readonly id?: RequestId;
}

/** Everything that a client may send. */
export type ClientMessage = SubscribeMessage | UnsubscribeMessage | PingMessage | AuthenticateMessage;

// ── hub to client ────────────────────────────────────────────────────────────────────────────────

/** The first message of a connection. */
export interface WelcomeMessage {
  readonly type: 'welcome';
  /** Names this connection in the hub's logs. */
  readonly session: string;
  /** Names the hub process. */
  readonly node: string;
  /** The hub says something at least this often; a client that hears nothing for twice as long reconnects. */
  readonly heartbeat_ms: number;
  readonly limits: Limits;
  /** The hub wants a token within so many ms; absent when it wants none, or has got one in the handshake. */
  readonly authenticate_within_ms?: number;
}

/** What the hub lets one connection do. */
export interface Limits {
  /** Symbols that one socket may hold at a time. */
  readonly symbols: number;
  /** Bytes of one message from the client. */
  readonly message_bytes: number;
  readonly messages_per_second: number;
}

/** Symbols that the client holds from now on, and those of its request that were refused. */
export interface SubscribedMessage {
  readonly type: 'subscribed';
  readonly id?: RequestId;
  readonly symbols: Readonly<Record<string, SubscribedSymbol>>;
  /** The frequency class that serves the request, in ms; absent for every update. */
  readonly frequency?: number;
  /** Everything comes so late, by what the token allows; absent: at once. */
  readonly delayed_minutes?: number;
  readonly rejected?: readonly Rejection[];
}

/** How one symbol is held. */
export interface SubscribedSymbol {
  /** Position of the newest update that the hub has; absent when the symbol has none yet. */
  readonly position?: string;
  /** With `since` only: true = what was missed follows, false = a `reset` and a snapshot follow. */
  readonly recovered?: boolean;
  /** Not an answer: the symbol, which the client holds without a position, has its very first update. */
  readonly begins?: true;
}

/** One symbol of a request that was refused, and why. */
export interface Rejection {
  /** As sent, cut to 64 characters. */
  readonly symbol: string;
  readonly code: RejectionCode;
  readonly message: string;
}

/** The updates of one or more symbols, by symbol. */
export interface PriceUpdateMessage {
  readonly type: 'price_update';
  readonly data: Readonly<Record<string, PriceUpdate>>;
}

/** One symbol's update: it stands for the sequence numbers `from` (absent: `seq`) to `seq`. */
export interface PriceUpdate {
  readonly price: number;
  /** When it happened, by the venue's clock; ISO 8601 with milliseconds, UTC. */
  readonly timestamp: string;
  readonly seq: number;
  readonly from?: number;
  /** The last known price, sent as a first answer or to bring a client up to date; not a new event. */
  readonly snapshot?: true;
  readonly size?: number;
  readonly bid?: number;
  readonly ask?: number;
  readonly volume?: number;
  /** Highest and lowest price of a conflated update's window. */
  readonly high?: number;
  readonly low?: number;
  /** Of a snapshot: it may be old, see `StaleMessage`. */
  readonly stale?: true;
  readonly halted?: true;
  readonly suspect?: true;
  /** It is told late on purpose: by what the token allows, or by the venue. */
  readonly delayed?: true;
  /** When the feed adapter read it; Unix ms. */
  readonly received?: number;
}

/** What the client held of `symbol` has a hole that can not be filled. A snapshot follows. */
export interface ResetMessage {
  readonly type: 'reset';
  readonly symbol: string;
  readonly reason: ResetReason;
  /** Position of the snapshot that follows; absent when there is none yet. */
  readonly position?: string;
}

/** A message of the client that was refused, or a part of it. */
export interface ErrorMessage {
  readonly type: 'error';
  readonly code: ErrorCode;
  /** What is wrong and what to do, for people. */
  readonly message: string;
  readonly symbol?: string;
  readonly id?: RequestId;
}

/** Symbols that are not held any more. */
export interface UnsubscribedMessage {
  readonly type: 'unsubscribed';
  readonly id?: RequestId;
  readonly symbols: readonly string[];
  /** Why, when it was not the client that wanted it. */
  readonly reason?: UnsubscribeReason;
}

/** A token was accepted. */
export interface AuthenticatedMessage {
  readonly type: 'authenticated';
  readonly id?: RequestId;
  /** ISO 8601; absent for a hub that asks for no token. */
  readonly expires_at?: string;
}

/** The token expires soon; a new one over this connection keeps it open. */
export interface TokenExpiringMessage {
  readonly type: 'token_expiring';
  readonly expires_at: string;
  /** The same by a clock that client and hub share. */
  readonly expires_in_ms: number;
}

/** The answer to a `ping`, with its id. */
export interface PongMessage {
  readonly type: 'pong';
  readonly id?: RequestId;
}

/** Sent after `heartbeat_ms` of silence, so that a longer one shows a dead connection. */
export interface HeartbeatMessage {
  readonly type: 'heartbeat';
  /** The hub's clock, ISO 8601. */
  readonly time: string;
}

/** The hub is about to go. */
export interface GoodbyeMessage {
  readonly type: 'goodbye';
  readonly reason: 'drain';
  /** Connect elsewhere after so many ms; the old socket works until the hub closes it. */
  readonly reconnect_after_ms: number;
}

/** Prices stand still, and it is not the market: what the hub hears of these symbols is not up to date. */
export interface StaleMessage {
  readonly type: 'stale';
  readonly reason: StaleReason;
  /** With `source_stale`: the source that is silent. */
  readonly source?: string;
  /** Since when, as far as is known; the hub's clock, ISO 8601. */
  readonly since: string;
  /** Of those that the client holds; absent: all, those that it asks for later too. */
  readonly symbols?: readonly string[];
}

/** Ends all that was said `stale` for this reason, of this source. */
export interface FreshMessage {
  readonly type: 'fresh';
  readonly reason: StaleReason;
  readonly source?: string;
}

/** Everything that a hub may send. */
export type HubMessage =
  | WelcomeMessage
  | SubscribedMessage
  | PriceUpdateMessage
  | ResetMessage
  | ErrorMessage
  | UnsubscribedMessage
  | PongMessage
  | HeartbeatMessage
  | GoodbyeMessage
  | StaleMessage
  | FreshMessage
  | AuthenticatedMessage
  | TokenExpiringMessage;

// ── closed lists ─────────────────────────────────────────────────────────────────────────────────

/** Why what was missed can not be told update by update. */
export const resetReasons = [
  'history_trimmed',
  'epoch_changed',
  'slow_consumer',
  'history_unavailable',
] as const;
/** One of `resetReasons`. */
export type ResetReason = (typeof resetReasons)[number];

/** Why prices stand still. */
export const staleReasons = ['fanout_unavailable', 'source_stale'] as const;
/** One of `staleReasons`. */
export type StaleReason = (typeof staleReasons)[number];

/** Why the hub took symbols away from a client. */
export const unsubscribeReasons = ['not_entitled', 'delay_changed'] as const;
/** One of `unsubscribeReasons`. */
export type UnsubscribeReason = (typeof unsubscribeReasons)[number];

/** Why one symbol of a request was refused. */
export const rejectionCodes = [
  'invalid_symbol',
  'unknown_symbol',
  'symbol_limit',
  'invalid_position',
  'not_subscribed',
  'unavailable',
  'not_entitled',
] as const;
/** One of `rejectionCodes`. */
export type RejectionCode = (typeof rejectionCodes)[number];

/** Why a message was refused, as a whole or for one symbol. */
export const errorCodes = [
  ...rejectionCodes,
  'bad_message',
  'unknown_type',
  'wrong_frame',
  'message_too_large',
  'rate_limited',
  'not_authenticated',
  'invalid_token',
  'invalid_ticket',
  'token_expired',
  'user_sockets',
] as const;
/** One of `errorCodes`. */
export type ErrorCode = (typeof errorCodes)[number];
