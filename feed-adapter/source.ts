import type { Fanout, SourceStatus } from '#fanout/ports.ts';
import { assertNever } from '#runtime/assert-never.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Tracer } from '#runtime/tracer.ts';
import { readBeforeTerm } from './before-term.ts';
import type { Cancel, Clock } from './clock.ts';
import { createLeadership, type Leadership, type LeadershipLimits } from './leadership.ts';
import { startPeriodic } from './periodic.ts';
import type { UntoldDrops } from './publish/publish-queue.ts';
import type { SourceDefinition, TickInput } from './source-definition.ts';
import type { SourceMeter } from './source-meter.ts';
import { startTerm, type Term, type TermLimits, type TermView } from './term.ts';

export interface Source {
  start(): void;
  /** Ends the venue, publishes what waits for up to `drainMs`, and hands over. */
  stop(drainMs: number): Promise<void>;
  status(): SourceStatus;
}

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

export interface SourceLimits extends TermLimits {
  readonly leadership: LeadershipLimits;
  readonly announceEveryMs: number;
  /** How often the catalogue is tidied; at the beginning of a term, too. */
  readonly retireEveryMs: number;
  readonly reportEveryMs: number;
  /** A status that is not repeated is forgotten after so long. */
  readonly reportTtlMs: number;
}

/** A venue that is read by at most one of the processes that know it, and published for all. */
export function createSource(deps: SourceDeps, limits: SourceLimits): Source {
  const { definition, fanout, clock, meter, log, tracer, holder } = deps;
  const { source } = definition;
  const input: TickInput = {
    accept: (message, receipt) => term?.accept(message, receipt) ?? 'closed',
    room: () => term?.room() ?? 0,
  };
  /** Of the present term, or the next: its symbols are known before this instance ever leads. */
  let venue = definition.createVenue(input);
  let term: Term | undefined;
  /** Token of the leadership that we hold; undefined while standing by. */
  let held: number | undefined;
  let untoldDrops: UntoldDrops = new Map();
  /** Symbols that the catalogue did not take, since it is full. */
  let noRoomFor = 0;
  /** When the catalogue is to be tidied next, by the monotonic clock. */
  let retireAt = Number.NEGATIVE_INFINITY;
  let stopping = false;
  let cancelAnnouncing: Cancel = () => undefined;
  let cancelReporting: Cancel = () => undefined;
  /** Terms never overlap: a venue may allow one connection only, so the next begins after the last ended. */
  let transition: Promise<void> = Promise.resolve();

  const leadership: Leadership = createLeadership(
    {
      ...{ source, holder, leases: fanout.leases, clock, log, tracer },
      onLead(token) {
        held = token;
        transition = transition.then(() => begin(token));
      },
      onStandby(reason) {
        held = undefined;
        meter.leadershipEnded(reason);
        term?.close();
        transition = transition.then(() => end(0));
      },
    },
    limits.leadership,
  );

  async function begin(token: number): Promise<void> {
    if (stopping || held !== token) return; // lost again while the last term ended
    const { publisher } = fanout;
    const before = await readBeforeTerm({ fanout, source, venue, log });
    if (stopping || held !== token) return; // lost again while Redis was asked
    const onFenced = (): void => leadership.fenced(token);
    term = startTerm({ ...deps, source, venue, token, publisher, untoldDrops, before, onFenced }, limits);
    meter.leading(true);
    retireAt = Number.NEGATIVE_INFINITY;
    cancelAnnouncing = startPeriodic(
      { clock, log, name: 'announce', task: announce },
      limits.announceEveryMs,
    );
  }

  async function end(drainMs: number): Promise<void> {
    if (term === undefined) return;
    cancelAnnouncing();
    untoldDrops = await term.end(drainMs);
    term = undefined;
    meter.leading(false);
    refuse(0);
    if (!stopping) venue = definition.createVenue(input);
  }

  /** What this source does not bring any more leaves the catalogue; once a term, and now and then for those long gone. */
  async function announce(): Promise<void> {
    const { directory } = fanout;
    const refused = await directory.announce(venue.symbols.map((symbol) => ({ symbol, source })));
    if (refused > 0 && noRoomFor === 0) log.error({ source, symbols: refused }, 'the catalogue is full');
    refuse(refused);
    if (clock.monotonic() < retireAt) return;
    const retired = await directory.retire(source, new Set(venue.symbols));
    retireAt = clock.monotonic() + limits.retireEveryMs;
    if (retired > 0) log.info({ source, symbols: retired }, 'symbols left the catalogue');
  }

  function refuse(symbols: number): void {
    noRoomFor = symbols;
    meter.symbolsRefused(symbols);
  }

  function report(): Promise<void> {
    return fanout.directory.report(status(), limits.reportTtlMs);
  }

  function start(): void {
    leadership.start();
    cancelReporting = startPeriodic({ clock, log, name: 'report', task: report }, limits.reportEveryMs);
  }

  /** The lease is kept until all is published, so that nobody publishes newer ticks before. */
  async function stop(drainMs: number): Promise<void> {
    stopping = true;
    cancelReporting();
    term?.close();
    transition = transition.then(() => end(drainMs));
    await transition;
    await leadership.stop();
  }

  function status(): SourceStatus {
    const view = held === undefined ? undefined : term?.view();
    const full = noRoomFor > 0 ? `the catalogue has no room for ${noRoomFor} of the symbols` : undefined;
    const problem =
      leadership.state() === 'unconfirmed' ? 'the lease can not be renewed' : (view?.problem ?? full);
    return {
      ...{ source, instance: holder, symbols: venue.symbols.length },
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
