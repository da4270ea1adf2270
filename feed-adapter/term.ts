import type { Publisher } from '#fanout/ports.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Tracer } from '#runtime/tracing/tracer.ts';
import type { BeforeTerm } from './before-term.ts';
import type { Clock } from './clock.ts';
import { type Conflator, createConflator } from './normalise/conflator.ts';
import { createNormaliser, type NormaliserLimits } from './normalise/normaliser.ts';
import type { Receipt } from './normalise/pending-tick.ts';
import { createPublishQueue, type PublishQueue, type PublishQueueLimits } from './publish/publish-queue.ts';
import type { UntoldDrops } from './publish/untold-drops.ts';
import type { TickInput } from './source-definition.ts';
import type { SourceMeter } from './source-meter.ts';
import type { Venue, VenueSink, VenueState, VenueTick } from './venues/venue.ts';

/** One term of leadership over a source: its venue is read, checked and published under one token. */
export interface Term {
  /** Takes a tick as `VenueSink.tick` does, but answers. */
  readonly accept: TickInput['accept'];
  /** Ticks that fit before older ones are dropped; 0 when the term is over. */
  room(): number;
  view(): TermView;
  /** Takes no more ticks, at once. */
  close(): void;
  /**
   * Closes, ends the venue, and publishes what waits for up to `drainMs` (0: not at all). Resolves to what
   * was dropped.
   */
  end(drainMs: number): Promise<UntoldDrops>;
}

/** What a source's status says of the present term. */
export interface TermView {
  readonly venue: VenueState;
  /** For people; undefined when nothing is wrong. */
  readonly problem: string | undefined;
  /** Unix ms; undefined before the first. */
  readonly lastTickAt: number | undefined;
}

/** The venue, and the fencing token that its ticks are published under. */
export interface TermDeps {
  readonly source: string;
  readonly venue: Venue;
  readonly token: number;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly random: () => number;
  readonly meter: SourceMeter;
  readonly log: Logger;
  readonly tracer: Tracer;
  readonly untoldDrops: UntoldDrops;
  /** What was published before this term; undefined: Redis did not say. */
  readonly before: BeforeTerm | undefined;
  readonly onFenced: () => void;
}

/** Bounds of normalising and publishing, and of ending a venue. */
export interface TermLimits {
  readonly normaliser: NormaliserLimits;
  readonly publishQueue: PublishQueueLimits;
  /** Of each symbol one tick in so long is published; 0 = every tick. */
  readonly conflateMs: number;
  /** A venue that takes longer to end is left behind. */
  readonly venueStopMs: number;
}

/** Begins the term: the venue is started. */
export function startTerm(deps: TermDeps, limits: TermLimits): Term {
  const { source, venue, clock, meter, log } = deps;
  const known = new Set(venue.symbols);
  const { tradeIds, numbers } = deps.before ?? { tradeIds: new Map(), numbers: new Map() };
  const normaliser = createNormaliser({ source, clock, known, tradeIds, metrics: meter }, limits.normaliser);
  const publishQueue = createPublishQueue(
    { ...deps, metrics: meter },
    roomFor(known.size, limits.publishQueue),
  );
  const conflator = conflatorBefore(publishQueue, deps, limits.conflateMs);
  const watch = createVenueWatch(source, meter, log);
  let lastTickAt: number | undefined;
  let open = true;
  let mayMiss = mayMissAtFirst(venue, deps.before);

  function accept(message: VenueTick, receipt?: Receipt): ReturnType<TickInput['accept']> {
    if (!open) return 'closed';
    const outcome = normaliser.accept(message);
    if (typeof outcome === 'string') return outcome;
    lastTickAt = outcome.receivedAt;
    conflator.push(receipt === undefined ? outcome : { ...outcome, receipt });
    return 'queued';
  }

  function gap(symbol: StockSymbol, missed: number): void {
    meter.venueGap(missed);
    publishQueue.addUntold(symbol, missed);
  }

  function changed(state: VenueState, problem: string | undefined): void {
    const isBack = state === 'live' && watch.state() !== 'live';
    if (isBack && mayMiss) for (const symbol of known) publishQueue.addUntold(symbol, 1);
    if (isBack) mayMiss = venue.losses === 'hidden';
    watch.changed(state, problem);
  }

  const sink: VenueSink = {
    tick: (message) => void accept(message),
    rejected: (reason) => open && meter.rejected(reason),
    gap: (symbol, missed) => open && gap(symbol, missed),
    state: (state, problem) => open && changed(state, problem),
  };

  function close(): void {
    open = false;
  }

  async function end(drainMs: number): Promise<UntoldDrops> {
    close();
    conflator.flush();
    return publishRest(publishQueue, drainMs, stopVenue(deps, limits.venueStopMs));
  }

  venue.start(sink, numbers);
  return {
    accept,
    room: () => (open ? publishQueue.room() - conflator.waiting() : 0),
    view: () => ({
      venue: watch.state(),
      problem: publishProblem(publishQueue) ?? watch.problem(),
      lastTickAt,
    }),
    close,
    end,
  };
}

/** A venue that is slow to stop does not take its time from the ticks that wait. */
async function publishRest(
  publishQueue: PublishQueue,
  drainMs: number,
  venueStopped: Promise<void>,
): Promise<UntoldDrops> {
  if (drainMs > 0) await publishQueue.drain(drainMs);
  const untoldDrops = publishQueue.stop();
  await venueStopped;
  return untoldDrops;
}

/** Whether something of any symbol may have been lost unseen before the venue is live for the first time in this term. */
function mayMissAtFirst({ losses }: Venue, before: BeforeTerm | undefined): boolean {
  if (losses === undefined) return false;
  return losses === 'hidden' ? (before?.any ?? true) : before === undefined;
}

function conflatorBefore({ push }: PublishQueue, { clock, meter }: TermDeps, conflateMs: number): Conflator {
  if (conflateMs === 0) return { push, waiting: () => 0, flush: () => undefined };
  return createConflator({ push, clock, onConflated: meter.conflated }, conflateMs);
}

/** Compaction leaves one tick per symbol; twice as much room keeps its cost per tick constant. */
function roomFor(symbols: number, limits: PublishQueueLimits): PublishQueueLimits {
  return { ...limits, queueTicksMax: Math.max(limits.queueTicksMax, 2 * symbols) };
}

function publishProblem(publishQueue: PublishQueue): string | undefined {
  const code = publishQueue.failing();
  return code === undefined ? undefined : `publishing fails: ${code}`;
}

function createVenueWatch(source: string, meter: SourceMeter, log: Logger) {
  let state: VenueState = 'connecting';
  let problem: string | undefined;
  return {
    changed(next: VenueState, why: string | undefined): void {
      if (next !== state) log.info({ source, venue: next, problem: why }, 'venue state');
      if (next === 'connecting' && state !== 'connecting') meter.reconnected();
      state = next;
      problem = why;
    },
    state: () => state,
    problem: () => problem,
  };
}

async function stopVenue({ source, venue, clock, log }: TermDeps, venueStopMs: number): Promise<void> {
  const late = Symbol('late');
  let cancel = (): void => undefined;
  const deadline = new Promise<symbol>((resolve) => {
    cancel = clock.after(venueStopMs, () => resolve(late));
  });
  const ended = await Promise.race([venue.stop(), deadline]);
  cancel();
  if (ended === late) log.error({ source }, 'venue did not stop, it is left behind');
}
