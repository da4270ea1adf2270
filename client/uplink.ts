import type { Clock } from './clock.ts';
import type { StateChange } from './events.ts';
import type { LinkHandlers } from './link.ts';
import type { ReconnectSchedule } from './reconnect-schedule.ts';

/** The part of a link that the uplink uses. */
export interface UplinkLink {
  readonly number: number;
  readonly live: boolean;
  changed(symbols: Iterable<string>): void;
  again(symbols: readonly string[]): void;
  close(): void;
}

export interface UplinkDeps {
  readonly clock: Clock;
  readonly schedule: ReconnectSchedule;
  readonly openLink: (number: number, handlers: LinkHandlers) => UplinkLink;
  /** A link ended: the symbols whose messages were taken from it. */
  readonly orphans: (number: number) => readonly string[];
  readonly changed: (change: StateChange) => void;
  /** The hub does not want this client back. */
  readonly stopped: (problem: string) => void;
}

/**
 * Keeps a client connected: opens a new link when the old one ended, and when the hub says goodbye, a second one
 * beside the first, which goes when the hub has answered for everything on the second.
 */
export interface Uplink {
  /** What is wanted of these symbols changed. */
  symbolsChanged(symbols: Iterable<string>): void;
  close(): void;
}

export function createUplink(deps: UplinkDeps): Uplink {
  const { clock, schedule } = deps;
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
        schedule.live();
        if (!isSuccessor()) deps.changed({ state: 'live' });
      },
      settled() {
        if (isSuccessor()) takeOver();
      },
      goodbye: (afterMs) => (isSuccessor() ? abandonSuccessor(afterMs) : drain(afterMs)),
      ended(ending) {
        if (!ending.again) stop(ending.problem);
        else if (isSuccessor()) abandonSuccessor(schedule.nextDelayMs());
        else reconnect(ending.problem);
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
    current?.close();
    current = successor;
    successor = undefined;
    deps.changed({ state: 'live' });
  };

  /** The new hub failed or goes down as well: what it had answered for goes on over the old one meanwhile. */
  const abandonSuccessor = (afterMs: number): void => {
    const number = successor?.number ?? 0;
    successor?.close();
    successor = undefined;
    current?.again(deps.orphans(number));
    openSuccessor(afterMs);
  };

  const reconnect = (problem: string): void => {
    cancelTimer();
    current = successor;
    successor = undefined;
    if (current?.live) deps.changed({ state: 'live' });
    else if (current !== undefined) deps.changed({ state: 'reconnecting', problem });
    else reconnectLater(problem, schedule.nextDelayMs());
  };

  const reconnectLater = (problem: string, delayMs: number): void => {
    deps.changed({ state: 'reconnecting', problem, attempt: schedule.attempts, delayMs });
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
