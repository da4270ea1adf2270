import type { Clock } from '#client/clock.ts';
import type { StateChange } from '#client/events.ts';
import type { StaleCause } from '#client/stale-notices.ts';
import type { Backoff } from '#protocol/pacing/backoff.ts';
import type { HubConnectionHandlers } from './hub-connection.ts';

/** The part of a connection that the reconnector uses. */
export interface ManagedConnection {
  readonly number: number;
  readonly live: boolean;
  changed(symbols: Iterable<string>): void;
  again(symbols: readonly string[]): void;
  staleCauseOf(symbol: string): StaleCause | undefined;
  close(): void;
}

/** How connections are opened and spaced, and who hears of them. */
export interface ReconnectorDeps {
  readonly clock: Clock;
  /** Live while a connection is. */
  readonly backoff: Pick<Backoff, 'attempts' | 'live' | 'next'>;
  readonly openConnection: (number: number, handlers: HubConnectionHandlers) => ManagedConnection;
  /** A connection is gone: returns the symbols that nobody else answers for. */
  readonly orphans: (number: number) => readonly string[];
  /** What the connection that counts says of stale prices may have changed. */
  readonly staleChanged: (connection: Pick<ManagedConnection, 'staleCauseOf'>) => void;
  readonly changed: (change: StateChange) => void;
  /** The hub does not want this client back. */
  readonly stopped: (problem: string) => void;
}

/**
 * Keeps a client connected: opens a new connection when the old one ended, and when the hub says goodbye, a second one
 * beside the first, which goes when the second has brought all that was missed.
 */
export class Reconnector {
  readonly #deps: ReconnectorDeps;
  #current: ManagedConnection | undefined;
  /** Opened after a goodbye; takes over from `#current`. */
  #successor: ManagedConnection | undefined;
  #opened = 0;
  #cancelTimer = (): void => undefined;

  /** Opens the first connection. */
  constructor(deps: ReconnectorDeps) {
    this.#deps = deps;
    this.#current = this.#open();
  }

  /** What is wanted of these symbols changed. */
  symbolsChanged(symbols: Iterable<string>): void {
    this.#current?.changed(symbols);
    this.#successor?.changed(symbols);
  }

  close(): void {
    this.#cancelTimer();
    this.#current?.close();
    this.#successor?.close();
    this.#current = undefined;
    this.#successor = undefined;
  }

  #open(): ManagedConnection {
    const { backoff, changed, openConnection } = this.#deps;
    const number = ++this.#opened;
    const isSuccessor = (): boolean => this.#successor?.number === number;
    return openConnection(number, {
      live: () => {
        backoff.live();
        if (!isSuccessor()) changed({ state: 'live' });
      },
      settled: () => {
        if (isSuccessor()) this.#takeOver();
        else this.#reportStale();
      },
      staleChanged: () => {
        if (!isSuccessor()) this.#reportStale();
      },
      goodbye: (afterMs) => {
        if (isSuccessor()) this.#abandonSuccessor(afterMs);
        else this.#drain(afterMs);
      },
      ended: ({ again, problem }) => {
        if (!again) this.#stop(problem);
        else if (isSuccessor()) this.#abandonSuccessor(backoff.next());
        else this.#reconnect(number, problem);
      },
    });
  }

  #drain(afterMs: number): void {
    if (this.#successor !== undefined) return;
    this.#deps.changed({ state: 'draining' });
    this.#openSuccessor(afterMs);
  }

  #openSuccessor(afterMs: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#deps.clock.after(afterMs, () => {
      this.#successor = this.#open();
    });
  }

  #takeOver(): void {
    const old = this.#current;
    this.#current = this.#successor;
    this.#successor = undefined;
    old?.close();
    if (old !== undefined) this.#deps.orphans(old.number);
    this.#deps.changed({ state: 'live' });
    this.#reportStale();
  }

  #reportStale(): void {
    if (this.#current !== undefined) this.#deps.staleChanged(this.#current);
  }

  /** The new hub failed or goes down as well: what it had answered for goes on over the old one meanwhile. */
  #abandonSuccessor(afterMs: number): void {
    const number = this.#successor?.number ?? 0;
    this.#successor?.close();
    this.#successor = undefined;
    this.#current?.again(this.#deps.orphans(number));
    this.#openSuccessor(afterMs);
  }

  #reconnect(ended: number, problem: string): void {
    const { backoff, changed, orphans } = this.#deps;
    this.#cancelTimer();
    orphans(ended);
    this.#current = this.#successor;
    this.#successor = undefined;
    if (this.#current?.live) changed({ state: 'live' });
    else if (this.#current !== undefined) changed({ state: 'reconnecting', problem });
    else this.#reconnectLater(problem, backoff.next());
  }

  #reconnectLater(problem: string, delayMs: number): void {
    const { backoff, changed, clock } = this.#deps;
    changed({ state: 'reconnecting', problem, attempt: backoff.attempts, delayMs });
    this.#cancelTimer = clock.after(delayMs, () => {
      this.#current = this.#open();
    });
  }

  #stop(problem: string): void {
    this.close();
    this.#deps.stopped(problem);
  }
}
