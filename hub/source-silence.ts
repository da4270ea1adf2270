import { type Directory, FanoutError, type SourceStatus } from '#fanout/ports.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { StaleCause } from './stale-causes.ts';

export interface SourceSilenceLimits {
  /** Nobody brings a source's prices for so long: clients are told. A take-over in time is nobody's concern. */
  readonly sourceStaleAfterMs: number;
}

export interface SourceSilenceDeps {
  readonly directory: Pick<Directory, 'sources'>;
  readonly sourceOf: (symbol: StockSymbol) => string | undefined;
  /** The sources that symbols of the catalogue are of. */
  readonly announced: () => ReadonlySet<string>;
  /** Unix ms; of what clients are told. */
  readonly now: () => number;
  /** Milliseconds since some time in the past; never goes back. */
  readonly elapsedMs: () => number;
}

/** Watches whether somebody brings the prices of each source, of those as well that the catalogue alone knows. */
export interface SourceSilence {
  /** The sources that are silent. */
  readonly causes: ReadonlyMap<string, StaleCause>;
  /** Reads what the sources report; when that can not be read, everything stays as it is. */
  refresh(): Promise<void>;
}

interface Watched {
  /** When the last tick was read, or the source was last seen well; Unix ms. */
  lastAt: number;
  /** `elapsedMs` since which nobody leads the source; undefined: somebody does. */
  silentFrom: number | undefined;
  /** Somebody has reported it since the hub began. */
  reported: boolean;
}

export function createSourceSilence(deps: SourceSilenceDeps, limits: SourceSilenceLimits): SourceSilence {
  const { directory, sourceOf, now, elapsedMs } = deps;
  const watched = new Map<string, Watched>();
  const causes = new Map<string, StaleCause>();

  /** @param before the cause so far: to clients it stays the same when its source is reported, and still silent */
  const causeOf = (source: string, { lastAt, reported }: Watched, before?: StaleCause): StaleCause => ({
    ...{ reason: 'source_stale', source, since: before?.since ?? lastAt },
    ...(!reported && { unreported: true }),
    covers: before?.covers ?? ((symbol) => sourceOf(symbol) === source),
  });

  const watchAll = (reports: readonly SourceStatus[]): void => {
    const names = new Set(reports.map(({ source }) => source));
    for (const source of [...names, ...deps.announced()]) {
      const known = watched.get(source);
      const reported = known?.reported === true || names.has(source);
      if (known === undefined) watched.set(source, { lastAt: now(), silentFrom: undefined, reported });
      else known.reported = reported;
    }
  };

  const judge = (reports: readonly SourceStatus[]): void => {
    watchAll(reports);
    for (const [source, state] of watched) {
      const own = reports.filter((report) => report.source === source);
      const leads = own.some((report) => report.state === 'leading');
      state.lastAt = Math.max(
        leads ? now() : 0,
        state.lastAt,
        ...own.map((report) => report.lastTickAt ?? 0),
      );
      state.silentFrom = leads ? undefined : (state.silentFrom ?? elapsedMs());
      const cause = causes.get(source);
      if (state.silentFrom === undefined) causes.delete(source);
      else if (cause?.unreported && state.reported) causes.set(source, causeOf(source, state, cause));
      else if (cause === undefined && elapsedMs() - state.silentFrom >= limits.sourceStaleAfterMs)
        causes.set(source, causeOf(source, state));
    }
  };

  return {
    causes,
    async refresh() {
      try {
        judge(await directory.sources());
      } catch (error) {
        if (!(error instanceof FanoutError)) throw error;
        // Reports have expired when the fanout is back: the time without them does not count.
        for (const state of watched.values()) state.silentFrom = undefined;
      }
    },
  };
}
