import { type Directory, FanoutError, type SourceStatus } from '#fanout/ports.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { StaleCause } from './stale-causes.ts';

/** How long nobody may bring the prices of a source before clients are told; ms. */
export interface SourceSilenceLimits {
  /** Nobody brings a source's prices for so long: clients are told. A take-over in time is nobody's concern. */
  readonly sourceStaleAfterMs: number;
}

/** What shows which source a symbol has, and whether somebody brings it. */
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

/** Sources that are watched before those are forgotten of whom nothing is heard any more. */
const watchedSourcesMax = 4096;

/** Takes every source for heard until its first look. */
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

  const watchAll = (names: { has(source: string): boolean; keys(): Iterable<string> }): void => {
    forgetStrangers(names);
    for (const source of [...names.keys(), ...deps.announced()]) {
      const known = watched.get(source);
      const reported = known?.reported === true || names.has(source);
      if (known === undefined) watched.set(source, { lastAt: now(), silentFrom: undefined, reported });
      else known.reported = reported;
    }
  };

  /** Whoever may write reports can invent names: of those that nobody reports or announces any more few are kept. */
  const forgetStrangers = (names: { has(source: string): boolean }): void => {
    if (watched.size <= watchedSourcesMax) return;
    for (const source of watched.keys()) {
      if (names.has(source) || deps.announced().has(source)) continue;
      watched.delete(source);
      causes.delete(source);
    }
  };

  const judge = (reports: readonly SourceStatus[]): void => {
    const bySource = groupBySource(reports);
    watchAll(bySource);
    for (const [source, state] of watched) {
      const own = bySource.get(source) ?? [];
      const leads = own.some((report) => report.state === 'leading');
      if (leads) state.lastAt = Math.max(state.lastAt, now());
      for (const { lastTickAt = 0 } of own)
        if (lastTickAt > state.lastAt) state.lastAt = Math.min(lastTickAt, now()); // clocks differ; none is ahead
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

function groupBySource(reports: readonly SourceStatus[]): ReadonlyMap<string, readonly SourceStatus[]> {
  const groups = new Map<string, SourceStatus[]>();
  for (const report of reports) {
    const group = groups.get(report.source);
    if (group === undefined) groups.set(report.source, [report]);
    else group.push(report);
  }
  return groups;
}
