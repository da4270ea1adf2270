import { Follower, type FollowerOptions, type FollowerSink } from './follower.ts';

/** An open connection, or one that is being opened. */
export interface Connection {
  send(text: string): void;
  close(): void;
}

/** What a connection says; never before `open` has returned. */
export interface ConnectionEvents {
  readonly opened: () => void;
  readonly message: (text: string) => void;
  /** Closed or failed; may be said more than once. */
  readonly lost: () => void;
}

/** What a tool gives: its sockets, its timers and its metrics. */
export interface FollowingDeps {
  open(url: string, events: ConnectionEvents): Connection;
  /** Does `action` after `ms`, unless what it returns is called before. */
  after(ms: number, action: () => void): () => void;
  /** 0 … 1 */
  random(): number;
  readonly sink: FollowerSink;
  /** A connection attempt ended. */
  connected(failed: boolean): void;
  /** A connection was lost that nobody had asked to end. */
  dropped(): void;
}

/** A connection that is not open after so long counts as failed. */
const connectTimeoutMs = 10_000;
/** Wait before the next attempt: doubles with every failure, and is spread over its upper half. */
const backOffMs = { first: 250, max: 8000 } as const;

/** One client with its socket: follows its symbols, and comes back with `since` whenever it was lost. */
export class FollowingSocket {
  readonly follower: Follower;
  readonly #deps: FollowingDeps;
  readonly #targets: readonly string[];
  #target: number;
  #connection: Connection | undefined;
  /** Ends the wait for the connection, or for the next attempt. */
  #cancel: () => void = nothing;
  #failures = 0;
  #ended = false;

  /** @param index which of the targets comes first */
  constructor(deps: FollowingDeps, targets: readonly string[], index: number, options: FollowerOptions) {
    this.#deps = deps;
    this.#targets = targets;
    this.#target = index;
    this.follower = new Follower(options, deps.sink);
  }

  connect(): void {
    let isOpen = false;
    const ifCurrent = (action: () => void): void => {
      if (this.#connection === connection) action();
    };
    const lost = (): void => ifCurrent(() => this.#lost(isOpen));
    const connection = this.#deps.open(this.#targets[this.#target % this.#targets.length] ?? '', {
      opened: () =>
        ifCurrent(() => {
          isOpen = true;
          this.#cancel();
          this.#failures = 0;
          this.#deps.connected(false);
          connection.send(this.follower.opened());
        }),
      message: (text) => ifCurrent(() => this.#message(text)),
      lost,
    });
    this.#connection = connection;
    this.#cancel = this.#deps.after(connectTimeoutMs, lost);
  }

  /** Closes the connection, and comes back after `afterMs` to go on where it was. */
  reconnect(afterMs: number): void {
    if (this.#ended) return;
    this.#leave();
    this.#cancel = this.#deps.after(afterMs, () => this.connect());
  }

  /** Closes the connection for good. */
  end(): void {
    this.#ended = true;
    this.#leave();
  }

  #message(text: string): void {
    this.follower.message(text);
    const afterMs = this.follower.reconnectAfterMs;
    if (afterMs === undefined) return;
    this.#target++; // the hub drains, and said when to go: that is no drop
    this.reconnect(afterMs);
  }

  #lost(wasOpen: boolean): void {
    if (wasOpen) this.#deps.dropped();
    else this.#deps.connected(true);
    this.#target++;
    const waitMs = Math.min(backOffMs.first * 2 ** this.#failures++, backOffMs.max);
    this.reconnect(waitMs * (0.5 + 0.5 * this.#deps.random()));
  }

  #leave(): void {
    const connection = this.#connection;
    this.#connection = undefined; // what it still says is not listened to
    this.#cancel();
    connection?.close();
    this.follower.closed();
  }
}

function nothing(): void {
  // there is nothing to wait for yet
}
