import { type Directory, FanoutError, type SourceStatus } from '#fanout/ports.ts';

/** What the sources report, for `GET /sources`. */
export interface SourceList {
  /** Undefined while it can not be read. Never rejects for Redis' sake. */
  read(): Promise<ReadSources | undefined>;
}

/** The state of all sources, as it was read from the fanout last. */
export interface ReadSources {
  readonly statuses: readonly SourceStatus[];
  /** All of them as JSON, for those who may have that; made once for all who ask. */
  readonly whole: Buffer;
}

/** A source as a client sees it: nothing of the processes that bring it, nor of what others may have of it. */
export interface ShownSource {
  readonly source: string;
  /** Of several adapters that report it the state of the one that is furthest. */
  readonly state: SourceStatus['state'];
  /** How many of its symbols the client may have. */
  readonly symbols: number;
}

/** How long what was read is good for: who asks 500 times a second causes two reads of Redis. */
const keepMs = 500;

/** @param elapsedMs ms of a clock that never goes back */
export function createSourceList(directory: Pick<Directory, 'sources'>, elapsedMs: () => number): SourceList {
  let readAt = Number.NEGATIVE_INFINITY;
  let latest: ReturnType<SourceList['read']> | undefined;
  return {
    read() {
      if (latest !== undefined && elapsedMs() - readAt < keepMs) return latest;
      readAt = elapsedMs();
      latest = readSources(directory);
      return latest;
    },
  };
}

async function readSources(directory: Pick<Directory, 'sources'>): ReturnType<SourceList['read']> {
  try {
    const statuses = await directory.sources();
    return { statuses, whole: Buffer.from(JSON.stringify({ sources: statuses })) };
  } catch (error) {
    if (!(error instanceof FanoutError)) throw error;
    return undefined;
  }
}

/** From what a client is told first to what it is told only if nothing else is reported. */
const furthestFirst: readonly SourceStatus['state'][] = [
  'leading',
  'connecting',
  'stale',
  'standby',
  'stopped',
];

/**
 * Those of which the client may have a symbol, in the order of their names.
 * @param counts how many symbols of each source the client may have
 */
export function shownSources(
  statuses: readonly SourceStatus[],
  counts: ReadonlyMap<string, number>,
): readonly ShownSource[] {
  const shown: ShownSource[] = [];
  for (const source of [...new Set(statuses.map((status) => status.source))].sort()) {
    const symbols = counts.get(source) ?? 0;
    const states = statuses.filter((status) => status.source === source).map(({ state }) => state);
    const state = furthestFirst.find((candidate) => states.includes(candidate));
    if (symbols > 0 && state !== undefined) shown.push({ source, state, symbols });
  }
  return shown;
}
