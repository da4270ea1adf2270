import type { Backoff } from '#protocol/pacing/backoff.ts';
import type { Clock } from './clock.ts';
import type { StateChange } from './events.ts';
import type { LinkHandlers } from './link.ts';
import type { StaleCause } from './stale-notices.ts';

/** The part of a link that the uplink uses. */
export interface UplinkLink {
  readonly number: number;
  readonly live: boolean;
  changed(symbols: Iterable<string>): void;
  again(symbols: readonly string[]): void;
  staleCauseOf(symbol: string): StaleCause | undefined;
  close(): void;
}

export interface UplinkDeps {
  readonly clock: Clock;
  /** Live while a connection is. */
  readonly backoff: Pick<Backoff, 'attempts' | 'live' | 'next'>;
  readonly openLink: (number: number, handlers: LinkHandlers) => UplinkLink;
  /** A link is gone: returns the symbols that nobody else answers for. */
  readonly orphans: (number: number) => readonly string[];
  /** What the link that counts says of stale prices may have changed. */
  readonly staleChanged: (link: Pick<UplinkLink, 'staleCauseOf'>) => void;
  readonly changed: (change: StateChange) => void;
  /** The hub does not want this client back. */
  readonly stopped: (problem: string) => void;
}

/**
 * Keeps a client connected: opens a new link when the old one ended, and when the hub says goodbye, a second one
 * beside the first, which goes when the second has brought all that was missed.
 */
export interface Uplink {
  /** What is wanted of these symbols changed. */
  symbolsChanged(symbols: Iterable<string>): void;
  close(): void;
}

export function createUplink(deps: UplinkDeps): Uplink {
  const { clock, backoff } = deps;
  let current: UplinkLink | undefined;
  /** Opened after a goodbye; takes over from `current`. */
  let successor: UplinkLink | undefined;
  let opened = 0;
  let cancelTimer = (): void => undefined;

  const open = (): UplinkLink => {
    const number = ++opened;
    const isSuccessor = (): boolean => successor?.number === number;
    return deps.openLink(number, {
      live() {
        backoff.live();
        if (!isSuccessor()) deps.changed({ state: 'live' });
      },
      settled() {
        if (isSuccessor()) takeOver();
        else showStale();
      },
      staleChanged() {
        if (!isSuccessor()) showStale();
      },
      goodbye: (afterMs) => (isSuccessor() ? abandonSuccessor(afterMs) : drain(afterMs)),
      ended(ending) {
        if (!ending.again) stop(ending.problem);
        else if (isSuccessor()) abandonSuccessor(backoff.next());
        else reconnect(number, ending.problem);
      },
    });
  };

  const drain = (afterMs: number): void => {
    if (successor !== undefined) return;
    deps.changed({ state: 'draining' });
    openSuccessor(afterMs);
  };

  const openSuccessor = (afterMs: number): void => {
    cancelTimer();
    cancelTimer = clock.after(afterMs, () => {
      successor = open();
    });
  };

  const takeOver = (): void => {
    const old = current;
    current = successor;
    successor = undefined;
    old?.close();
    if (old !== undefined) deps.orphans(old.number);
    deps.changed({ state: 'live' });
    showStale();
  };

  const showStale = (): void => {
    if (current !== undefined) deps.staleChanged(current);
  };

  /** The new hub failed or goes down as well: what it had answered for goes on over the old one meanwhile. */
  const abandonSuccessor = (afterMs: number): void => {
    const number = successor?.number ?? 0;
    successor?.close();
    successor = undefined;
    current?.again(deps.orphans(number));
    openSuccessor(afterMs);
  };

  const reconnect = (ended: number, problem: string): void => {
    cancelTimer();
    deps.orphans(ended);
    current = successor;
    successor = undefined;
    if (current?.live) deps.changed({ state: 'live' });
    else if (current !== undefined) deps.changed({ state: 'reconnecting', problem });
    else reconnectLater(problem, backoff.next());
  };

  const reconnectLater = (problem: string, delayMs: number): void => {
    deps.changed({ state: 'reconnecting', problem, attempt: backoff.attempts, delayMs });
    cancelTimer = clock.after(delayMs, () => {
      current = open();
    });
  };

  const stop = (problem: string): void => {
    close();
    deps.stopped(problem);
  };

  const close = (): void => {
    cancelTimer();
    current?.close();
    successor?.close();
    current = undefined;
    successor = undefined;
  };

  current = open();
  return {
    symbolsChanged(symbols) {
      current?.changed(symbols);
      successor?.changed(symbols);
    },
    close,
  };
}
