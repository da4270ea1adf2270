import type { Clock } from '#feed-adapter/clock.ts';
import type { Retry } from './venue-connection.ts';

/** What every venue gets from outside. */
export interface VenueDeps {
  readonly clock: Clock;
  /** Evenly from 0 to below 1; spreads reconnects and polls. */
  readonly random: () => number;
}

/** A venue's side of one connection, made when the socket is open and forgotten when it ends. */
export interface Conversation {
  /** One frame's text. Must not throw, whatever it holds. */
  message(text: string): void;
  /** The connection is over: timers have to be called off. */
  ended?(): void;
}

/** What a conversation may do with its connection; without effect once that is over. */
export interface Link {
  send(message: object): void;
  /** The venue has acknowledged the subscription: the venue is live. */
  live(): void;
  /** Something is wrong, for people, but the connection goes on. Must hold no key. */
  report(problem: string): void;
  /** Gives this connection up. */
  fail(problem: string, retry: Retry): void;
}

/** Starts the handshake on an open socket. */
export type Converse = (link: Link) => Conversation;
