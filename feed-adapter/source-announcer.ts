import type { Fanout } from '#fanout/ports.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Cancel, Clock } from './clock.ts';
import { startPeriodic } from './periodic.ts';

/** The catalogue that symbols are announced to. */
export interface AnnouncerDeps {
  readonly source: string;
  readonly directory: Pick<Fanout['directory'], 'announce' | 'retire'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** So many symbols the catalogue did not take. */
  readonly refused: (symbols: number) => void;
}

/** How often the catalogue is told; ms. */
export interface AnnouncerLimits {
  readonly announceEveryMs: number;
  /** How often symbols that the source does not bring any more leave the catalogue; at the beginning of a term, too. */
  readonly retireEveryMs: number;
}

/** Keeps the symbols of a source in the catalogue while this process leads it. */
export interface Announcer {
  start(symbols: readonly StockSymbol[]): void;
  stop(): void;
  /** Symbols that the catalogue did not take, since it is full. */
  refused(): number;
  /** The refusals of a term that is over count no more. */
  forget(): void;
}

/** Announces nothing before it is told to. */
export function createAnnouncer(deps: AnnouncerDeps, limits: AnnouncerLimits): Announcer {
  const { source, directory, clock, log } = deps;
  let refused = 0;
  /** When the catalogue is to be tidied next, by the monotonic clock. */
  let retireAt = Number.NEGATIVE_INFINITY;
  let cancel: Cancel = () => undefined;

  async function announce(symbols: readonly StockSymbol[]): Promise<void> {
    const count = await directory.announce(symbols.map((symbol) => ({ symbol, source })));
    if (count > 0 && refused === 0) log.error({ source, symbols: count }, 'the catalogue is full');
    refuse(count);
    if (clock.monotonic() < retireAt) return;
    const retired = await directory.retire(source, new Set(symbols));
    retireAt = clock.monotonic() + limits.retireEveryMs;
    if (retired > 0) log.info({ source, symbols: retired }, 'symbols left the catalogue');
  }

  function refuse(symbols: number): void {
    refused = symbols;
    deps.refused(symbols);
  }

  return {
    start(symbols) {
      retireAt = Number.NEGATIVE_INFINITY;
      const task = () => announce(symbols);
      cancel = startPeriodic({ clock, log, name: 'announce', task }, limits.announceEveryMs);
    },
    stop: () => cancel(),
    refused: () => refused,
    forget: () => refuse(0),
  };
}
