import { FanoutError, type Leases } from '#fanout/ports.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Cancel, Clock } from './clock.ts';

/** Whose lease is asked for, and who hears the answers. */
export interface LeaseRenewalDeps {
  readonly source: string;
  /** Names this process among the holders; unique. */
  readonly holder: string;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whether this process does not lead. */
  readonly isStandby: () => boolean;
  /** The lease is ours, under `token`, for `validMs` from now at least. */
  readonly granted: (token: number, validMs: number) => void;
  /** Another holds the lease. */
  readonly taken: () => void;
}

/** How long a lease lasts, and how often it is renewed; ms. */
export interface LeaseRenewalLimits {
  /** The lease ends so long after its last renewal; with `renewMs` it bounds the time of a takeover. */
  readonly leaseTtlMs: number;
  readonly renewMs: number;
}

/** Asks for a source's lease again and again, whether it is held or not. */
export interface LeaseRenewal {
  start(): void;
  /** Gives the lease back, to get a later token with the next one. */
  giveBack(): void;
  /** Asks no more, and ignores the answer to what was asked. */
  stop(): void;
  /** The lease is free, unless Redis does not answer: then it ends by itself. */
  release(): Promise<void>;
}

/** Asks for nothing until it is started. */
export function createLeaseRenewal(deps: LeaseRenewalDeps, limits: LeaseRenewalLimits): LeaseRenewal {
  const { source, holder, leases, clock, log } = deps;
  let asking = false;
  let failing = false;
  let stopped = false;
  let cancelRenewal: Cancel = () => undefined;

  function renew(): void {
    cancelRenewal = clock.after(limits.renewMs, renew);
    if (asking) return; // the port bounds how long an answer takes; a second question would not be quicker
    asking = true;
    if (failing && deps.isStandby()) {
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
   * queue, and we have none of them. So we only ask whether Redis is back (what we do not hold can be released without
   * harm), and for the lease two renewals later.
   */
  function probe(): void {
    leases.release(source, holder).then(() => {
      asking = false;
      if (stopped) return;
      recovered();
      cancelRenewal();
      cancelRenewal = clock.after(2 * limits.renewMs, renew);
    }, failed);
  }

  function answered(token: number | undefined, askedAt: number): void {
    asking = false;
    if (stopped) return;
    if (failing) recovered();
    if (token === undefined) deps.taken();
    else deps.granted(token, askedAt + limits.leaseTtlMs - clock.monotonic());
  }

  function recovered(): void {
    failing = false;
    log.info({ source }, 'lease answered again');
  }

  function failed(error: unknown): void {
    asking = false;
    if (!(error instanceof FanoutError)) throw error; // a bug: ends the process, as nobody catches it
    if (!failing && !stopped) log.warn({ source, code: error.code }, 'lease not answered');
    failing = true;
  }

  function stop(): void {
    stopped = true;
    cancelRenewal();
  }

  const giveBack = (): void => void leases.release(source, holder).catch(failed);

  return { start: renew, giveBack, stop, release: () => release(deps) };
}

async function release({ leases, source, holder, log }: LeaseRenewalDeps): Promise<void> {
  try {
    await leases.release(source, holder);
  } catch (error) {
    log.warn({ source, err: error }, 'lease not given back, it ends by itself');
  }
}
