/** How far a socket is known to have come on a group. */
export interface Held {
  readonly epoch: number;
  readonly seq: number;
  /** False when the socket may already have some of what follows `seq`. */
  readonly exact: boolean;
  /** True when the socket knows the number but not its price: a restricted user's first comes when a window ends. */
  readonly isUnseen?: boolean;
}

/** The socket missed a reset: nothing that it holds can be continued. */
export const nothingHeld: Held = { epoch: -1, seq: -1, exact: true };

/** A socket on its way to a group. */
export interface Joining {
  /** It holds everything up to this sequence number. */
  readonly held: number;
  readonly isUnseen: boolean;
  /** How many messages the group has published by then, counted from its beginning. */
  readonly admitAt: number;
}
