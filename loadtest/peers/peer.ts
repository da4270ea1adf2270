import type { DialectName } from '#loadtest/swarm/dialect/dialect.ts';

/** Where a peer is started. */
export interface Place {
  readonly redisUrl: string;
  /** How many symbols there will be. */
  readonly symbols: number;
}

/** A hub that can be compared. */
export interface Peer {
  /** As the user names it, e.g. `socket.io`. */
  readonly name: string;
  /** What it is and how it is set up, for the table's reader. */
  readonly about: string;
  readonly dialect: DialectName;
  /** Why it can not be run, and what to do; undefined when it can. */
  missing(): string | undefined;
  version(): string;
  start(place: Place): Promise<RunningPeer>;
}

/** A peer whose server runs, with its feed. */
export interface RunningPeer {
  readonly port: number;
  /** The server's process, whose CPU and memory count; all else of the sitting is free. */
  readonly pid: number;
  startFeed(updatesPerSecond: number): Promise<void>;
  /** Returns the number of updates that were published in all. */
  stopFeed(): Promise<number>;
  stop(): Promise<void>;
}
