/** Bounds of one connection to a venue. */
export interface ConnectionLimits {
  /** From the start to an open socket, in ms (DNS, TCP, TLS and HTTP upgrade). 1 … 120,000. */
  readonly connectTimeoutMs: number;
  /** From the open socket to the venue's acknowledgement of login and subscription, in ms. 1 … 120,000. */
  readonly readyTimeoutMs: number;
  /** Nothing heard for so many ms: the connection is given up. 1 … 3,600,000. */
  readonly staleMs: number;
  /**
   * A connection that was quiet for so many ms is pinged, and then ping and pong frames count as
   * heard. 0 = never, only messages count: right for venues that send heartbeats. 0 … 3,600,000.
   */
  readonly pingAfterMs: number;
  /** From our close frame to the hard end, in ms. 1 … 60,000. */
  readonly closeTimeoutMs: number;
  /** Bytes of one message; a larger one ends the connection. 1,024 … 67,108,864. */
  readonly payloadMaxBytes: number;
}

/** Bounds of a connection that is made anew whenever it is lost. */
export interface SocketLimits extends ConnectionLimits {
  /** Bound of the first wait before a new connection, in ms; it doubles with each attempt that follows. 1 … 60,000. */
  readonly backoffBaseMs: number;
  /** The bound never grows above this, in ms. 1 … 3,600,000. */
  readonly backoffMaxMs: number;
  /** A connection that was live so many ms starts the back-off anew when it is lost. 0 … 3,600,000. */
  readonly stableMs: number;
  /** Least wait, in ms, after a refusal that a quick retry would only repeat. 1 … 3,600,000. */
  readonly slowRetryMs: number;
}

/** For every venue unless it says otherwise. */
export const socketLimits: SocketLimits = {
  connectTimeoutMs: 10_000,
  readyTimeoutMs: 10_000,
  staleMs: 30_000,
  pingAfterMs: 10_000,
  closeTimeoutMs: 2000,
  payloadMaxBytes: 1_048_576,
  backoffBaseMs: 500,
  backoffMaxMs: 30_000,
  stableMs: 60_000,
  slowRetryMs: 60_000,
};

/** Lowest and highest value of each limit. */
export const socketLimitRanges: Readonly<Record<keyof SocketLimits, readonly [number, number]>> = {
  connectTimeoutMs: [1, 120_000],
  readyTimeoutMs: [1, 120_000],
  staleMs: [1, 3_600_000],
  pingAfterMs: [0, 3_600_000],
  closeTimeoutMs: [1, 60_000],
  payloadMaxBytes: [1024, 67_108_864],
  backoffBaseMs: [1, 60_000],
  backoffMaxMs: [1, 3_600_000],
  stableMs: [0, 3_600_000],
  slowRetryMs: [1, 3_600_000],
};

/**
 * The defaults with a venue's own and then the operator's written over them.
 * @throws RangeError for a limit out of its range
 */
export function socketLimitsOf(...overs: readonly (Partial<SocketLimits> | undefined)[]): SocketLimits {
  const limits: SocketLimits = Object.assign({}, socketLimits, ...overs);
  for (const [name, value] of Object.entries(limits)) requireRange(name, value);
  return limits;
}

function requireRange(name: string, value: number): void {
  const range = Object.entries(socketLimitRanges).find(([known]) => known === name)?.[1];
  if (range === undefined) throw new RangeError(`${name} is not a limit of a venue's socket`);
  const [least, most] = range;
  if (!(value >= least && value <= most))
    throw new RangeError(`${name} is ${value}, but must be from ${least} to ${most}`);
}
