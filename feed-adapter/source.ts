import type { Fanout, SourceStatus } from '#fanout/ports.ts';
import { assertNever } from '#runtime/assert-never.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Tracer } from '#runtime/tracing/tracer.ts';
import type { Cancel, Clock } from './clock.ts';
import { createLeadership, type Leadership, type LeadershipLimits } from './leadership.ts';
import { startPeriodic } from './periodic.ts';
import { type AnnouncerLimits, createAnnouncer } from './source-announcer.ts';
import type { SourceDefinition } from './source-definition.ts';
import type { SourceMeter } from './source-meter.ts';
import { createSourceTerms } from './source-terms.ts';
import type { TermLimits, TermView } from './term.ts';

/** One source of prices: a venue, published by whichever process leads it. */
export interface Source {
  start(): void;
  /** Ends the venue, publishes what waits for up to `drainMs`, and hands over. */
  stop(drainMs: number): Promise<void>;
  status(): SourceStatus;
}

/** The venue, and what it is published to. */
export interface SourceDeps {
  readonly definition: SourceDefinition;
  readonly fanout: Pick<Fanout, 'publisher' | 'history' | 'directory' | 'leases'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly meter: SourceMeter;
  readonly log: Logger;
  readonly tracer: Tracer;
  /** Names this process among those that run the source. */
  readonly holder: string;
}

/** Bounds of leading, publishing and reporting one source. */
export interface SourceLimits extends TermLimits, AnnouncerLimits {
  readonly leadership: LeadershipLimits;
  readonly reportEveryMs: number;
  /** A status that is not repeated is forgotten after so long. */
  readonly reportTtlMs: number;
}

/** A venue that is read by at most one of the processes that know it, and published for all. */
export function createSource(deps: SourceDeps, limits: SourceLimits): Source {
  const { definition, fanout, clock, meter, log, tracer, holder } = deps;
  const { source } = definition;
  const { leases, directory } = fanout;
  let stopping = false;
  let cancelReporting: Cancel = () => undefined;

  const announcer = createAnnouncer(
    { source, directory, clock, log, refused: (symbols) => meter.symbolsRefused(symbols) },
    limits,
  );
  const terms = createSourceTerms(
    { ...deps, announcer, onFenced: (token) => leadership.fenced(token) },
    limits,
  );
  const leadership: Leadership = createLeadership(
    {
      ...{ source, holder, leases, clock, log, tracer },
      onLead: (token) => terms.begin(token),
      onStandby(reason) {
        meter.leadershipEnded(reason);
        terms.end();
      },
    },
    limits.leadership,
  );

  function report(): Promise<void> {
    return directory.report(status(), limits.reportTtlMs);
  }

  function start(): void {
    leadership.start();
    cancelReporting = startPeriodic({ clock, log, name: 'report', task: report }, limits.reportEveryMs);
  }

  /** The lease is kept until all is published, so that nobody publishes newer ticks before. */
  async function stop(drainMs: number): Promise<void> {
    stopping = true;
    cancelReporting();
    await terms.stop(drainMs);
    await leadership.stop();
  }

  function status(): SourceStatus {
    const view = terms.view();
    const refused = announcer.refused();
    const full = refused > 0 ? `the catalogue has no room for ${refused} of the symbols` : undefined;
    const problem =
      leadership.state() === 'unconfirmed' ? 'the lease can not be renewed' : (view?.problem ?? full);
    return {
      ...{ source, instance: holder, symbols: terms.symbols().length },
      state: stopping ? 'stopped' : stateOf(view),
      ...(problem !== undefined && { problem }),
      ...(view?.lastTickAt !== undefined && { lastTickAt: view.lastTickAt }),
      ...meter.counts(),
    };
  }

  return { start, stop, status };
}

function stateOf(view: TermView | undefined): SourceStatus['state'] {
  if (view === undefined) return 'standby';
  switch (view.venue) {
    case 'live':
      return 'leading';
    case 'ended':
      return 'stopped';
    case 'connecting':
    case 'stale':
      return view.venue;
    default:
      return assertNever(view.venue);
  }
}
