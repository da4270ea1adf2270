import type { Session } from '#hub/session/session.ts';
import type { SessionBarrier } from '#hub/session/session-barrier.ts';
import { createSessionRounds, type SessionRoundsDeps } from '#hub/session/session-rounds.ts';
import type { StaleReason } from '#protocol/messages.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Logger } from '#runtime/logger.ts';
import { createFanoutSilence, type FanoutSilenceDeps, type FanoutSilenceLimits } from './fanout-silence.ts';
import { createSourceSilence, type SourceSilenceDeps, type SourceSilenceLimits } from './source-silence.ts';
import { freshMessage, type StaleCause, staleMessage } from './stale-causes.ts';

/** How long prices may fail to come before clients are told; ms. */
export interface StalenessLimits extends FanoutSilenceLimits, SourceSilenceLimits {}

/** What shows that prices do not come, and the sessions that are told. */
export interface StalenessDeps
  extends FanoutSilenceDeps,
    Omit<SourceSilenceDeps, 'directory'>,
    SessionRoundsDeps<Session> {
  readonly fanout: FanoutSilenceDeps['fanout'] & Pick<SourceSilenceDeps, 'directory'>;
  /** Causes by reason, for the metrics; sources that nobody ever reported are counted by `unreported`. */
  readonly counts: Record<StaleReason, number>;
  readonly log: Logger;
  readonly barrier: Pick<SessionBarrier, 'run'>;
}

/**
 * Tells clients when prices stand still although the market does not. Of a session is kept which sources it was told of:
 * those of which a client holds nothing are not named to it, neither when they fall silent nor when they are back. Those
 * that have shown no token yet are told nothing.
 */
export interface Staleness {
  /** Looks whether something changed, and has it told to every session. To be called often. */
  look(): void;
  /** Asks what the sources report; `look` then finds what changed. */
  refresh(): Promise<void>;
  /** Tells a session that was let in what holds for all. */
  welcome(session: Session): void;
  /** Tells a session what holds for symbols that it asked for. */
  tell(session: Session, symbols: Iterable<StockSymbol>): void;
  has(symbol: StockSymbol): boolean;
  /** How many of `symbols` are of sources that nobody has reported since the hub began. */
  unreported(symbols: Iterable<StockSymbol>): number;
  /** Whether no update can reach the hub just now. */
  deaf(): boolean;
}

/** What a tour of the sessions has to tell of one cause. */
interface Change {
  readonly ended: StaleCause | undefined;
  readonly begun: StaleCause | undefined;
}

/** No source has this name. */
const ofFanout = ' fanout';

/** Nothing is stale until it was found so. */
export function createStaleness(deps: StalenessDeps, limits: StalenessLimits): Staleness {
  const { counts, log } = deps;
  const fanout = createFanoutSilence(deps, limits);
  const sources = createSourceSilence({ ...deps, directory: deps.fanout.directory }, limits);
  const causes = new Map<string, StaleCause>();
  /** By cause: what the next tour tells. */
  let changes = new Map<string, Change>();

  const beginTour = (): ((session: Session) => void) | undefined => {
    const told = [...changes.values()];
    changes = new Map();
    if (told.length === 0) return undefined;
    return (session) => {
      if (session.identity === undefined) return;
      deps.barrier.run(session, () => session.corked(() => tellChanges(session, told)));
    };
  };
  const tour = createSessionRounds(deps, beginTour);

  const change = (name: string, begun: StaleCause | undefined): void => {
    const ended = causes.get(name);
    if (ended === begun) return;
    if (begun === undefined) causes.delete(name);
    else causes.set(name, begun);
    const isTold = begun?.covers !== undefined && begun.covers === ended?.covers;
    if (!isTold) changes.set(name, { ended: changes.get(name)?.ended ?? ended, begun });
    if (ended !== undefined && !ended.unreported) counts[ended.reason]--;
    if (begun !== undefined && !begun.unreported) counts[begun.reason]++;
    const { reason, source } = begun ?? ended ?? {};
    if (begun === undefined) log.info({ reason, source }, 'prices are fresh again');
    else log.warn({ reason, source }, 'prices are stale');
  };

  return {
    look() {
      change(ofFanout, fanout.look());
      for (const [source, cause] of sources.causes) change(source, cause);
      for (const name of causes.keys())
        if (name !== ofFanout && !sources.causes.has(name)) change(name, undefined);
      if (changes.size > 0) tour();
    },
    refresh: sources.refresh,
    deaf: fanout.deaf,
    unreported(symbols) {
      const unreported = [...causes.values()].filter((cause) => cause.unreported);
      if (unreported.length === 0) return 0;
      return [...symbols].filter((symbol) => unreported.some(({ covers }) => covers?.(symbol))).length;
    },
    welcome(session) {
      for (const cause of causes.values()) if (cause.covers === undefined) tellCause(session, cause, []);
    },
    tell(session, symbols) {
      for (const cause of causes.values()) if (cause.covers !== undefined) tellCause(session, cause, symbols);
    },
    has(symbol) {
      for (const { covers } of causes.values()) if (covers === undefined || covers(symbol)) return true;
      return false;
    },
  };
}

function tellChanges(session: Session, changes: readonly Change[]): void {
  for (const { ended, begun } of changes) {
    if (ended !== undefined && wasTold(session, ended)) session.answer(freshMessage(ended));
    if (begun !== undefined) tellCause(session, begun, session.attachments.keys());
  }
}

function tellCause(session: Session, cause: StaleCause, symbols: Iterable<StockSymbol>): void {
  const message = staleMessage(cause, symbols);
  if (message === undefined) return;
  session.answer(message);
  if (cause.source === undefined) return;
  session.silentSources ??= new Set();
  session.silentSources.add(cause.source);
}

/** Of the fanout everybody is told; of a source those who were told of its silence. */
function wasTold(session: Session, { source }: StaleCause): boolean {
  if (source === undefined) return true;
  const told = session.silentSources?.delete(source) === true;
  if (session.silentSources?.size === 0) session.silentSources = undefined;
  return told;
}
