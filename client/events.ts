import type { ErrorCode, ResetReason } from '#protocol/messages.ts';
import type { StaleCause } from './stale-notices.ts';
import type { Update } from './update.ts';

/**
 * `connecting`: the first attempt. `live`: welcomed by a hub. `reconnecting`: no connection, another attempt follows.
 * `draining`: live, and about to move to another hub. `closed`: for good.
 */
export type ClientState = 'connecting' | 'live' | 'reconnecting' | 'draining' | 'closed';

/** The state that the client has come to, and why. */
export interface StateChange {
  readonly state: ClientState;
  /** With `reconnecting` and `closed`: what ended the connection, for people. */
  readonly problem?: string;
  /** With `reconnecting`: the attempt that follows, 1 for the first, and the wait before it. */
  readonly attempt?: number;
  readonly delayMs?: number;
}

/** What came between the last update of `symbol` and its next one is lost. The newest price follows. */
export interface Reset {
  readonly symbol: string;
  readonly reason: ResetReason;
}

/**
 * Beyond the hub's own codes: `gap`: updates were missing and are being fetched. `malformed`: the hub sent what is no
 * message. `no_token`: the source of tokens failed. `stopped`: the hub does not want this client back; it is closed.
 */
export type ProblemCode = ErrorCode | 'gap' | 'malformed' | 'no_token' | 'stopped';

/** Something that went wrong and did not end the client. */
export interface ClientProblem {
  readonly code: ProblemCode;
  /** What is wrong and what to do, for people. */
  readonly message: string;
  readonly symbol?: string;
}

/** The prices of these symbols stand still, though the market may not: show that they are old. */
export interface Stale extends StaleCause {
  readonly symbols: readonly string[];
}

/** The prices of these symbols move with the market again. */
export interface Fresh {
  readonly symbols: readonly string[];
}

/** From now on the hub serves this client late, because its token allows no more; 0 = at once, as before the first. */
export interface Delay {
  readonly minutes: number;
}

/** What each event of a client carries. */
export interface ClientEvents {
  readonly state: StateChange;
  readonly update: Update;
  readonly reset: Reset;
  readonly stale: Stale;
  readonly fresh: Fresh;
  readonly delay: Delay;
  readonly error: ClientProblem;
}
