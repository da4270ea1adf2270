import type { CatalogueEntry } from '#fanout/ports.ts';
import type { Identity } from './auth/authenticator.ts';
import { unrestricted } from './auth/entitlements.ts';
import type { Catalogue } from './catalogue.ts';
import { createSlots } from './slots.ts';

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
}

/**
 * A round takes 1 ms for a token without patterns, 13 ms for one with the most; lists are made one after the other. Made
 * at once and for each request anew, 500 requests for 50,000 symbols held up the event loop for 18 s of CPU.
 */
export const symbolListLimits: SymbolListLimits = { listEntriesPerRound: 1000, listsMax: 64 };

/** What `GET /symbols` answers, and how many symbols of each source that are. */
export interface SymbolList {
  /** As how many requests one for the list counts: it may be 2 MB long. */
  readonly times: number;
  /**
   * The symbols that the user may see, as JSON; undefined where the user, or too many others, wait for a list
   * already.
   */
  bodyFor(identity: Identity): Promise<Buffer | undefined>;
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
  let whole: Whole | undefined;

  const visit = async (
    entries: readonly CatalogueEntry[],
    allows: Allows,
    take: (entry: CatalogueEntry) => void,
  ): Promise<void> => {
    for (let at = 0; at < entries.length; at += limits.listEntriesPerRound) {
      if (at > 0) await new Promise<void>(nextRound);
      for (const entry of entries.slice(at, at + limits.listEntriesPerRound))
        if (allows(entry.symbol)) take(entry);
    }
  };

  const list: Make<Buffer> = async (entries, allows) => {
    const listed: string[] = [];
    await visit(entries, allows, (entry) => void listed.push(JSON.stringify(entry)));
    return Buffer.from(`{"symbols":[${listed.join(',')}]}`);
  };

  const count: Make<ReadonlyMap<string, number>> = async (entries, allows) => {
    const counts = new Map<string, number>();
    await visit(entries, allows, ({ source }) => void counts.set(source, (counts.get(source) ?? 0) + 1));
    return counts;
  };

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
    if (whole?.entries !== entries) whole = { entries };
    return whole;
  };

  return {
    get times() {
      return Math.max(1, Math.ceil(catalogue.entries.length / entriesPerRequest));
    },
    async bodyFor(identity) {
      const { allows } = identity.entitlements;
      if (allows !== unrestricted.allows) return makeFor(identity, list);
      const all = ofAll();
      all.body ??= oneAtATime(() => list(all.entries, allows));
      return all.body;
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

/** Some 18 KB of the list; other requests are answered with a few. */
const entriesPerRequest = 500;

type Allows = Identity['entitlements']['allows'];

type Make<Made> = (entries: readonly CatalogueEntry[], allows: Allows) => Promise<Made>;

/** What has been made of a catalogue for those who may see everything. */
interface Whole {
  readonly entries: readonly CatalogueEntry[];
  body?: Promise<Buffer>;
  counts?: Promise<ReadonlyMap<string, number>>;
}
