/**
 * WebSocket close codes of the hub. 4000–4499: reconnect, with back-off and jitter.
 * 4500–4999: stop; the same connection would be refused again.
 */
export const closeCodes = {
  /** The node is being taken down; a `goodbye` with a reconnect delay came before. */
  drain: 4000,
  /** The client could not keep up, even with snapshots only. */
  slow_consumer: 4001,
  /** The hub failed on something that was not the client's doing. */
  internal_error: 4002,
  /** The client's token has expired; come back with a new one. */
  token_expired: 4003,
  /** The user has as many sockets here as the token allows. */
  user_sockets: 4004,
  /** The ticket in the address was used, is too old or unknown; come back with a new one. */
  invalid_ticket: 4005,
  /** Too many malformed messages on one connection. */
  protocol_abuse: 4500,
  /** A message above `limits.message_bytes`. */
  message_too_large: 4501,
  /** Kept sending far above `limits.messages_per_second`. */
  rate_abuse: 4502,
  /** No token in time, or one that is refused. */
  unauthenticated: 4503,
} as const;

/** Names of the close codes that are Tickwire's own. */
export type CloseReason = keyof typeof closeCodes;

/** Whether a client that was closed with `code` should connect again (with back-off). */
export function shouldReconnect(code: number): boolean {
  return code < 4500 || code > 4999;
}
