import { FanoutError, type Leases } from '#fanout/ports.ts';
import type { Logger } from '#runtime/logger.ts';
import type { SpanAttributes, Tracer } from '#runtime/tracer.ts';
import type { Cancel, Clock } from './clock.ts';

/**
 * `unconfirmed`: we led, but the lease may have run out because Redis does not answer. The venue is
 * still read, so that the ticks of the outage wait in the queue instead of being lost; that two
 * instances read at the same time does no harm, since every batch carries a fencing token.
 */
export type LeadershipState = 'standby' | 'leading' | 'unconfirmed';

/** `taken`: another holds the lease. `fenced`: another published. `expired`: unconfirmed for too long. */
export type StandbyReason = (typeof standbyReasons)[number];
export const standbyReasons = ['taken', 'fenced', 'expired', 'stopped'] as const;

export interface Leadership {
  start(): void;
  state(): LeadershipState;
  /** A batch under `token` was refused, because of a later token. */
  fenced(token: number): void;
  /** Gives the lease back, so that another can take over without waiting for its end. */
  stop(): Promise<void>;
}

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

export interface LeadershipLimits {
  /** The lease ends so long after its last renewal; with `renewMs` it bounds the time of a takeover. */
  readonly leaseTtlMs: number;
  readonly renewMs: number;
  /** Leadership is unconfirmed so long before the lease's end, for clocks that go at different speeds. */
  readonly leaseMarginMs: number;
  /** Unconfirmed leadership ends after so long; 0 = at once. */
  readonly unconfirmedMaxMs: number;
}

export const leadershipLimits: LeadershipLimits = {
  leaseTtlMs: 3000,
  renewMs: 1000,
  leaseMarginMs: 500,
  unconfirmedMaxMs: 60_000,
};

export function createLeadership(deps: LeadershipDeps, limits: LeadershipLimits): Leadership {
  const { source, holder, leases, clock, log, tracer, onLead, onStandby } = deps;
  let state: LeadershipState = 'standby';
  /**
   * The latest token that was led under. Batch numbers begin anew with each leadership, so leading
   * twice under one token would make Redis take new batches for repeated ones.
   */
  let used = 0;
  let asking = false;
  let failing = false;
  let stopped = false;
  let cancelRenewal: Cancel = () => undefined;
  let cancelDoubt: Cancel = () => undefined;

  function renew(): void {
    cancelRenewal = clock.after(limits.renewMs, renew);
    if (asking) return; // the port bounds how long an answer takes; a second question would not be quicker
    asking = true;
    if (failing && state === 'standby') {
      probe();
      return;
    }
    const askedAt = clock.monotonic();
    leases.acquire(source, holder, limits.leaseTtlMs).then(
      (token) => answered(token, askedAt),
      (error: unknown) => failed(error),
    );
  }

  /**
   * Redis was away, and the lease may have run out meanwhile: the previous leader has the ticks of the outage in its
   * queue, and we have none of them. So we only ask whether Redis is back (what we do not hold can be released without harm), and
   * for the lease two renewals later.
   */
  function probe(): void {
    leases.release(source, holder).then(() => {
      asking = false;
      if (stopped) return;
      failing = false;
      log.info({ source }, 'lease answered again');
      cancelRenewal();
      cancelRenewal = clock.after(2 * limits.renewMs, renew);
    }, failed);
  }

  function answered(token: number | undefined, askedAt: number): void {
    asking = false;
    if (stopped) return;
    if (failing) log.info({ source }, 'lease answered again');
    failing = false;
    if (token === undefined) stepDown('taken');
    else if (state === 'standby' && token <= used) giveBack();
    else confirm(token, askedAt + limits.leaseTtlMs - limits.leaseMarginMs - clock.monotonic());
  }

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
    changed({});
    onLead(token);
  }

  function doubt(): void {
    state = 'unconfirmed';
    log.warn({ source }, 'leadership unconfirmed');
    changed({});
    cancelDoubt = clock.after(limits.unconfirmedMaxMs, () => stepDown('expired'));
  }

  function failed(error: unknown): void {
    asking = false;
    if (!(error instanceof FanoutError)) throw error; // a bug: ends the process, as nobody catches it
    if (!failing && !stopped) log.warn({ source, code: error.code }, 'lease not answered');
    failing = true;
  }

  function stepDown(reason: StandbyReason): void {
    cancelDoubt();
    if (state === 'standby') return;
    state = 'standby';
    log.info({ source, reason }, 'standing by');
    changed({ 'tickwire.reason': reason });
    onStandby(reason);
  }

  function fenced(token: number): void {
    if (token === used) stepDown('fenced');
  }

  /** A moment, not a time: renewals that change nothing have no span. */
  function changed(attributes: SpanAttributes): void {
    tracer.start(`lease ${state}`).end({ 'tickwire.source': source, ...attributes });
  }

  /** The lease is still our old one; the next has a later token. */
  function giveBack(): void {
    leases.release(source, holder).catch(failed);
  }

  async function stop(): Promise<void> {
    stopped = true;
    cancelRenewal();
    stepDown('stopped');
    try {
      await leases.release(source, holder);
    } catch (error) {
      log.warn({ source, err: error }, 'lease not given back, it ends by itself');
    }
  }

  return { start: renew, state: () => state, fenced, stop };
}
