import type { Fanout } from '#fanout/ports.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Tracer } from '#runtime/tracing/tracer.ts';
import { readBeforeTerm } from './before-term.ts';
import type { Clock } from './clock.ts';
import type { UntoldDrops } from './publish/untold-drops.ts';
import type { Announcer } from './source-announcer.ts';
import type { SourceDefinition, TickInput } from './source-definition.ts';
import type { SourceMeter } from './source-meter.ts';
import { startTerm, type Term, type TermLimits, type TermView } from './term.ts';

/** What each term of a source is made with. */
export interface SourceTermsDeps {
  readonly definition: SourceDefinition;
  readonly fanout: Pick<Fanout, 'publisher' | 'history'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly meter: SourceMeter;
  readonly log: Logger;
  readonly tracer: Tracer;
  readonly announcer: Pick<Announcer, 'start' | 'stop' | 'forget'>;
  /** A batch under `token` was refused, because of a later token. */
  readonly onFenced: (token: number) => void;
}

/** The terms of one source, one after the other; each takes over what the one before it could not tell. */
export interface SourceTerms {
  /** Begins a term under `token`, once the last one has ended. */
  begin(token: number): void;
  /** Takes no more ticks at once, and ends the term without publishing what waits. */
  end(): void;
  /** Ends the term for good, after publishing what waits for up to `drainMs`. */
  stop(drainMs: number): Promise<void>;
  /** Of the venue; known before this process ever leads. */
  symbols(): readonly StockSymbol[];
  /** Undefined while this process does not lead. */
  view(): TermView | undefined;
}

/** No term runs until leadership begins one. */
export function createSourceTerms(deps: SourceTermsDeps, limits: TermLimits): SourceTerms {
  const { definition, fanout, meter, log, announcer } = deps;
  const { source } = definition;
  const input: TickInput = {
    accept: (message, receipt) => term?.accept(message, receipt) ?? 'closed',
    room: () => term?.room() ?? 0,
  };
  /** Of the present term, or of the next. */
  let venue = definition.createVenue(input);
  let term: Term | undefined;
  /** Token of the leadership that we hold; undefined while standing by. */
  let held: number | undefined;
  let untoldDrops: UntoldDrops = new Map();
  let stopping = false;
  /** Terms never overlap: a venue may allow one connection only, so the next begins after the last ended. */
  let transition: Promise<void> = Promise.resolve();

  async function startUnder(token: number): Promise<void> {
    if (stopping || held !== token) return; // lost again while the last term ended
    const before = await readBeforeTerm({ fanout, source, venue, log });
    if (stopping || held !== token) return; // lost again while Redis was asked
    const onFenced = (): void => deps.onFenced(token);
    const { publisher } = fanout;
    term = startTerm({ ...deps, source, venue, token, publisher, untoldDrops, before, onFenced }, limits);
    meter.leading(true);
    announcer.start(venue.symbols);
  }

  async function finish(drainMs: number): Promise<void> {
    if (term === undefined) return;
    announcer.stop();
    untoldDrops = await term.end(drainMs);
    term = undefined;
    meter.leading(false);
    announcer.forget();
    if (!stopping) venue = definition.createVenue(input);
  }

  return {
    begin(token) {
      held = token;
      transition = transition.then(() => startUnder(token));
    },
    end() {
      held = undefined;
      term?.close();
      transition = transition.then(() => finish(0));
    },
    async stop(drainMs) {
      stopping = true;
      term?.close();
      transition = transition.then(() => finish(drainMs));
      await transition;
    },
    symbols: () => venue.symbols,
    view: () => (held === undefined ? undefined : term?.view()),
  };
}
