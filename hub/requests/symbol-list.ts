import type { CatalogueEntry } from '#fanout/ports.ts';
import type { Identity } from '#hub/auth/authenticator.ts';
import { unrestricted } from '#hub/auth/entitlements.ts';
import { createSlots } from '#hub/symbols/slots.ts';
import type { Catalogue } from './catalogue.ts';

export interface SymbolListDeps {
  readonly catalogue: Pick<Catalogue, 'entries'>;
  /** Has the event loop do its other work first. */
  readonly nextRound: (then: () => void) => void;
}

export interface SymbolListLimits {
  /** Symbols that are looked at in one round of the event loop. */
  readonly listEntriesPerRound: number;
  /** Lists that are being made, or wait for it; of each user one. */
  readonly listsMax: number;
  /** Symbols of the catalogue that one answer is about; the next ones are asked for by `after`. */
  readonly listSymbolsMax: number;
}

/**
 * A round takes 1 ms for a token without patterns, 13 ms for one with the most; lists are made one after the other. Made
 * at once and for each request anew, 500 requests for 50,000 symbols held up the event loop for 18 s of CPU.
 */
export const symbolListLimits: SymbolListLimits = {
  listEntriesPerRound: 1000,
  listsMax: 64,
  listSymbolsMax: 50_000,
};

/** What `GET /symbols` answers, and how many symbols of each source that are. */
export interface SymbolList {
  /** As how many requests one for the list counts: it may be 2 MB long. */
  readonly times: number;
  /**
   * The symbols behind `after` that the user may see, as JSON, with `next` where there may be more; undefined where the
   * user, or too many others, wait for a list already.
   */
  bodyFor(identity: Identity, after?: string): Promise<Buffer | undefined>;
  /** How many symbols of each source the user may see; undefined as above. */
  countsFor(identity: Identity): Promise<ReadonlyMap<string, number> | undefined>;
}

export function createSymbolList(
  { catalogue, nextRound }: SymbolListDeps,
  limits: SymbolListLimits,
): SymbolList {
  const oneAtATime = createSlots(1);
  /** Of the users whose lists are being made. */
  const users = new Set<string | undefined>();
  /** Of those who may see everything; made once for each catalogue. */
  let whole: Whole = { entries: catalogue.entries, pages: new Map() };

  const { listFrom, count } = createMaking(limits, nextRound);

  const makeFor = async <Made>(
    { user, entitlements: { allows } }: Identity,
    make: Make<Made>,
  ): Promise<Made | undefined> => {
    if (users.has(user) || users.size >= limits.listsMax) return undefined;
    users.add(user);
    try {
      return await oneAtATime(() => make(catalogue.entries, allows));
    } finally {
      users.delete(user);
    }
  };

  const ofAll = (): Whole => {
    const { entries } = catalogue;
    if (whole.entries !== entries) whole = { entries, pages: new Map() };
    return whole;
  };

  return {
    get times() {
      const listed = Math.min(catalogue.entries.length, limits.listSymbolsMax);
      return Math.max(1, Math.ceil(listed / entriesPerRequest));
    },
    async bodyFor(identity, after = '') {
      const { allows } = identity.entitlements;
      const start = indexAfter(catalogue.entries, after);
      // Only pages that follow on each other are kept, so that they are few.
      if (allows !== unrestricted.allows || start % limits.listSymbolsMax !== 0)
        return makeFor(identity, listFrom(start));
      const { entries, pages } = ofAll();
      const page = pages.get(start) ?? oneAtATime(() => listFrom(start)(entries, allows));
      pages.set(start, page);
      return page;
    },
    async countsFor(identity) {
      const { allows } = identity.entitlements;
      if (allows !== unrestricted.allows) return makeFor(identity, count);
      const all = ofAll();
      all.counts ??= oneAtATime(() => count(all.entries, allows));
      return all.counts;
    },
  };
}

/** How lists and counts are made: in rounds, between which others have their turn. */
function createMaking(
  { listEntriesPerRound, listSymbolsMax }: Pick<SymbolListLimits, 'listEntriesPerRound' | 'listSymbolsMax'>,
  nextRound: SymbolListDeps['nextRound'],
) {
  const visit = async (
    entries: readonly CatalogueEntry[],
    allows: Allows,
    take: (entry: CatalogueEntry) => void,
  ): Promise<void> => {
    for (let at = 0; at < entries.length; at += listEntriesPerRound) {
      if (at > 0) await new Promise<void>(nextRound);
      for (const entry of entries.slice(at, at + listEntriesPerRound)) if (allows(entry.symbol)) take(entry);
    }
  };

  const listFrom =
    (start: number): Make<Buffer> =>
    async (entries, allows) => {
      const end = start + listSymbolsMax;
      const listed: string[] = [];
      await visit(entries.slice(start, end), allows, (entry) => void listed.push(JSON.stringify(entry)));
      const last = end < entries.length ? entries[end - 1] : undefined;
      const next = last === undefined ? '' : `,"next":${JSON.stringify(last.symbol)}`;
      return Buffer.from(`{"symbols":[${listed.join(',')}]${next}}`);
    };

  const count: Make<ReadonlyMap<string, number>> = async (entries, allows) => {
    const counts = new Map<string, number>();
    await visit(entries, allows, ({ source }) => void counts.set(source, (counts.get(source) ?? 0) + 1));
    return counts;
  };

  return { listFrom, count };
}

/** Index of the first entry behind `after`; the entries are in the order of their symbols. */
function indexAfter(entries: readonly CatalogueEntry[], after: string): number {
  let [low, high] = [0, after === '' ? 0 : entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.symbol ?? '') <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Some 18 KB of the list; other requests are answered with a few. */
const entriesPerRequest = 500;

type Allows = Identity['entitlements']['allows'];

type Make<Made> = (entries: readonly CatalogueEntry[], allows: Allows) => Promise<Made>;

/** What has been made of a catalogue for those who may see everything. */
interface Whole {
  readonly entries: readonly CatalogueEntry[];
  /** By the index where each begins. */
  readonly pages: Map<number, Promise<Buffer>>;
  counts?: Promise<ReadonlyMap<string, number>>;
}
