import type { ViolationKind } from '#loadtest/swarm/counting/ledger.ts';
import type { DialectName } from '#loadtest/swarm/dialect/dialect.ts';
import type { Endpoint } from '#loadtest/swarm/target/endpoint.ts';
import type { ResetReason } from '#protocol/messages.ts';
import type { Position } from '#protocol/position.ts';

/** What a worker process is to hold; it opens its sockets as fast as it is told. */
export interface WorkerOrder {
  readonly ask: 'open';
  readonly dialect: DialectName;
  /** Its sockets are spread over them in turn. */
  readonly endpoints: readonly Endpoint[];
  /** Number of its first socket within the swarm. */
  readonly firstSocket: number;
  readonly catalogue: readonly string[];
  readonly symbolsPerSocket: number;
  /** Indexes into the catalogue, `symbolsPerSocket` for each socket. */
  readonly choices: Int32Array;
  /** Its connections leave from 127.x.y.z addresses that begin here; undefined = whichever the system takes. */
  readonly firstAddress: number | undefined;
  readonly frequencyMs: number;
  readonly socketsPerSecond: number;
  /** Its first sockets read slowly. */
  readonly slowSockets: number;
  readonly slowBytesPerSecond: number;
  /** Whether they are slow from the beginning, or only after `slow`. */
  readonly slowAtFirst: boolean;
  /** What every socket holds of a symbol, as from an earlier connection; undefined = nothing. */
  readonly since: Readonly<Record<string, Position>> | undefined;
  /** Sockets that leave and come back per second; begins with `churn`. */
  readonly churnPerSecond: number;
  /** Whether a socket that the hub closed comes back, to the next endpoint. */
  readonly comesBack: boolean;
}

/** Since the sample before; `latencies` and `answers` are pairs of ms and count. */
export interface WorkerSample {
  readonly subscribed: number;
  readonly counts: SwarmCounts;
  readonly latencies: readonly number[];
  /** From connect to the answer of the subscribe. */
  readonly answers: readonly number[];
  readonly violations: Readonly<Partial<Record<ViolationKind, number>>>;
  /** The first of what went wrong, in words. */
  readonly words: readonly string[];
}

/** What the sockets of a worker did since the sample before. */
export interface SwarmCounts {
  /** Live updates of sockets that read as fast as they can; these are the deliveries. */
  updates: number;
  slowUpdates: number;
  snapshot: number;
  /** Updates that broke the promise. */
  wrong: number;
  frames: number;
  reads: number;
  bytes: number;
  readonly resets: Record<ResetReason, number>;
  /** Connections that left and came back on purpose. */
  churned: number;
  /** Connections that the hub closed, or that broke. */
  lost: number;
  /** Connections that did not come to be. */
  failed: number;
  /** Symbols that the hub could not serve just then; they were asked for again. */
  refused: number;
  problems: number;
}

/** Where every symbol stands at the end. */
export type Standings = ReadonlyMap<string, number>;

/** What a worker process can be asked; `WorkerAnswers` has the answers. */
export type WorkerQuestion =
  | WorkerOrder
  | { readonly ask: 'sample' }
  /** Sockets begin to leave and come back. */
  | { readonly ask: 'churn'; readonly on: boolean }
  /** Slow sockets begin to read slowly, or to read all that comes. */
  | { readonly ask: 'slow'; readonly on: boolean }
  /** The furthest that any socket has come, by symbol. */
  | { readonly ask: 'furthest' }
  /** How many sockets and symbols are not there yet; with `tell`, each counts as a violation. */
  | { readonly ask: 'behind'; readonly standings: Standings; readonly tell: boolean };

/** Answers by question. */
export interface WorkerAnswers {
  open: true;
  sample: WorkerSample;
  churn: true;
  slow: true;
  furthest: ReadonlyMap<string, number>;
  behind: number;
}
