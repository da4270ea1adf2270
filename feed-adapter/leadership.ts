import type { Leases } from '#fanout/ports.ts';
import type { Logger } from '#runtime/logger.ts';
import type { SpanAttributes, Tracer } from '#runtime/tracing/tracer.ts';
import type { Cancel, Clock } from './clock.ts';
import { createLeaseRenewal, type LeaseRenewalLimits } from './lease-renewal.ts';

/**
 * `unconfirmed`: we led, but the lease may have run out because Redis does not answer. The venue is
 * still read, so that the ticks of the outage wait in the queue instead of being lost; that two
 * instances read at the same time does no harm, since every batch carries a fencing token.
 */
export type LeadershipState = 'standby' | 'leading' | 'unconfirmed';

/** `taken`: another holds the lease. `fenced`: another published. `expired`: unconfirmed for too long. */
export type StandbyReason = (typeof standbyReasons)[number];
/** Why a process does not lead a source any more. */
export const standbyReasons = ['taken', 'fenced', 'expired', 'stopped'] as const;

/** Whether this process leads one source. */
export interface Leadership {
  start(): void;
  state(): LeadershipState;
  /** A batch under `token` was refused, because of a later token. */
  fenced(token: number): void;
  /** Gives the lease back, so that another can take over without waiting for its end. */
  stop(): Promise<void>;
}

/** The leases that leadership rests on, and who hears of its changes. */
export interface LeadershipDeps {
  readonly source: string;
  /** Names this process among the holders; unique. */
  readonly holder: string;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tracer: Tracer;
  /** Leads from now on, and publishes under `token`. */
  readonly onLead: (token: number) => void;
  readonly onStandby: (reason: StandbyReason) => void;
}

/** How long leadership lasts without its lease being confirmed; ms. */
export interface LeadershipLimits extends LeaseRenewalLimits {
  /** Leadership is unconfirmed so long before the lease's end, for clocks that go at different speeds. */
  readonly leaseMarginMs: number;
  /** Unconfirmed leadership ends after so long; 0 = at once. */
  readonly unconfirmedMaxMs: number;
}

/** For every source unless the configuration says otherwise. */
export const leadershipLimits: LeadershipLimits = {
  leaseTtlMs: 3000,
  renewMs: 1000,
  leaseMarginMs: 500,
  unconfirmedMaxMs: 60_000,
};

/** Stands by until it is started. */
export function createLeadership(deps: LeadershipDeps, limits: LeadershipLimits): Leadership {
  const { source, clock, log, onLead, onStandby } = deps;
  let state: LeadershipState = 'standby';
  /**
   * The latest token that was led under. Batch numbers begin anew with each leadership, so leading
   * twice under one token would make Redis take new batches for repeated ones.
   */
  let used = 0;
  let cancelDoubt: Cancel = () => undefined;

  const renewal = createLeaseRenewal(
    {
      ...deps,
      isStandby: () => state === 'standby',
      granted(token, validMs) {
        if (state === 'standby' && token <= used) renewal.giveBack();
        else confirm(token, validMs - limits.leaseMarginMs);
      },
      taken: () => stepDown('taken'),
    },
    limits,
  );

  /**
   * A lease that had run out meanwhile comes back with a later token. What is published goes on under
   * the earlier one: it is valid until a later one publishes, which nobody but its holder, us, can do.
   */
  function confirm(token: number, trustedMs: number): void {
    const begins = state === 'standby';
    state = 'leading';
    cancelDoubt();
    cancelDoubt = clock.after(Math.max(0, trustedMs), doubt);
    if (!begins) return;
    used = token;
    log.info({ source, token }, 'leading');
    traceChange(deps, state);
    onLead(token);
  }

  function doubt(): void {
    state = 'unconfirmed';
    log.warn({ source }, 'leadership unconfirmed');
    traceChange(deps, state);
    cancelDoubt = clock.after(limits.unconfirmedMaxMs, () => stepDown('expired'));
  }

  function stepDown(reason: StandbyReason): void {
    cancelDoubt();
    if (state === 'standby') return;
    state = 'standby';
    log.info({ source, reason }, 'standing by');
    traceChange(deps, state, { 'tickwire.reason': reason });
    onStandby(reason);
  }

  function fenced(token: number): void {
    if (token === used) stepDown('fenced');
  }

  async function stop(): Promise<void> {
    renewal.stop();
    stepDown('stopped');
    await renewal.release();
  }

  return { start: renewal.start, state: () => state, fenced, stop };
}

/** A moment, not a time: renewals that change nothing have no span. */
function traceChange(
  { source, tracer }: Pick<LeadershipDeps, 'source' | 'tracer'>,
  state: LeadershipState,
  attributes: SpanAttributes = {},
): void {
  tracer.start(`lease ${state}`).end({ 'tickwire.source': source, ...attributes });
}
