import type { Cancel, Clock } from '#feed-adapter/clock.ts';
import type { VenueSink, VenueState } from '#feed-adapter/venues/venue.ts';
import { Backoff } from '#protocol/pacing/backoff.ts';
import type { Conversation, Converse, Link, VenueDeps } from './conversation.ts';
import type { SocketLimits } from './socket-limits.ts';
import { type ConnectionEnd, type Retry, VenueConnection } from './venue-connection.ts';

/** A connection to a venue that is made anew whenever it is lost, until stopped or refused for good. */
export class VenueSocket {
  readonly #url: string;
  readonly #converse: Converse;
  readonly #sink: Pick<VenueSink, 'state' | 'rejected'>;
  readonly #clock: Clock;
  readonly #limits: SocketLimits;
  readonly #backoff: Backoff;
  /** The connection in use, and any before it whose socket is still closing. */
  readonly #open = new Set<VenueConnection>();
  #conversation: Conversation | undefined;
  #state: VenueState = 'connecting';
  /** The venue serves the connection. */
  #isLive = false;
  #cancelRetry: Cancel = () => undefined;
  /** Set by the first `stop`. */
  #stopping: Promise<void> | undefined;
  #allClosed: () => void = () => undefined;

  constructor(
    at: { readonly url: string; readonly converse: Converse },
    sink: Pick<VenueSink, 'state' | 'rejected'>,
    deps: VenueDeps,
    limits: SocketLimits,
  ) {
    this.#url = at.url;
    this.#converse = at.converse;
    this.#sink = sink;
    this.#clock = deps.clock;
    this.#limits = limits;
    const { backoffBaseMs: firstMs, backoffMaxMs: maxMs, stableMs } = limits;
    // A venue that accepts and drops at once must not be hammered: only a stable spell ends the back-off.
    this.#backoff = new Backoff({ firstMs, maxMs, stableMs }, deps);
  }

  start(): void {
    this.#report('connecting');
    this.#connect();
  }

  /** Ends sockets and timers; nothing is reported afterwards. Resolves when every socket is closed. */
  stop(): Promise<void> {
    this.#stopping ??= this.#close();
    return this.#stopping;
  }

  async #close(): Promise<void> {
    this.#cancelRetry();
    this.#conversation?.ended?.();
    if (this.#open.size === 0) return;
    const closed = new Promise<void>((resolve) => {
      this.#allClosed = resolve;
    });
    for (const connection of this.#open) connection.close();
    await closed;
  }

  #connect(): void {
    const listener = {
      opened: () => {
        this.#conversation = this.#converse(this.#linkOf(connection));
      },
      message: (text: string) => this.#conversation?.message(text),
      ended: (end: ConnectionEnd) => this.#ended(end),
      closed: () => {
        this.#open.delete(connection);
        if (this.#open.size === 0) this.#allClosed();
      },
    };
    const connection = new VenueConnection(this.#url, listener, this.#clock, this.#limits);
    this.#open.add(connection);
  }

  #linkOf(connection: VenueConnection): Link {
    return {
      send: (message) => connection.send(message),
      live: () => {
        if (connection.over || this.#isLive) return;
        connection.ready();
        this.#isLive = true;
        this.#backoff.live();
        this.#report('live');
      },
      report: (problem) => {
        if (!connection.over) this.#report(this.#state, problem);
      },
      fail: (problem, retry) => connection.end({ problem, retry }),
    };
  }

  #ended(end: ConnectionEnd): void {
    this.#conversation?.ended?.();
    this.#conversation = undefined;
    if (end.malformed) this.#sink.rejected('malformed');
    this.#isLive = false;
    if (end.retry === 'never') {
      this.#report('ended', end.problem);
      return;
    }
    if (end.stale) this.#report('stale', end.problem);
    this.#report('connecting', end.problem);
    this.#cancelRetry = this.#clock.after(this.#waitMs(end.retry), () => this.#connect());
  }

  #waitMs(retry: Exclude<Retry, 'never'>): number {
    const waitMs = this.#backoff.next();
    return retry === 'slow' ? this.#limits.slowRetryMs + waitMs : waitMs;
  }

  #report(state: VenueState, problem?: string): void {
    this.#state = state;
    if (problem === undefined) this.#sink.state(state);
    else this.#sink.state(state, problem);
  }
}
