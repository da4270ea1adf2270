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

/** What `GET /symbols` answers. */
export interface SymbolList {
  /** As how many requests one for the list counts: it may be 2 MB long. */
  readonly times: number;
  /**
   * The symbols that the user may see, as JSON; undefined where the user, or too many others, wait for a list
   * already.
   */
  bodyFor(identity: Identity): Promise<Buffer | undefined>;
}

export function createSymbolList(
  { catalogue, nextRound }: SymbolListDeps,
  limits: SymbolListLimits,
): SymbolList {
  const oneAtATime = createSlots(1);
  /** Of the users whose lists are being made. */
  const users = new Set<string | undefined>();
  /** Of those who may see everything; made once for each catalogue. */
  let whole: { readonly entries: readonly CatalogueEntry[]; readonly body: Promise<Buffer> } | undefined;

  const make = async (entries: readonly CatalogueEntry[], allows: Allows): Promise<Buffer> => {
    const listed: string[] = [];
    for (let at = 0; at < entries.length; at += limits.listEntriesPerRound) {
      if (at > 0) await new Promise<void>(nextRound);
      for (const entry of entries.slice(at, at + limits.listEntriesPerRound))
        if (allows(entry.symbol)) listed.push(JSON.stringify(entry));
    }
    return Buffer.from(`{"symbols":[${listed.join(',')}]}`);
  };

  const makeFor = async (user: string | undefined, allows: Allows): Promise<Buffer> => {
    users.add(user);
    try {
      return await oneAtATime(() => make(catalogue.entries, allows));
    } finally {
      users.delete(user);
    }
  };

  return {
    get times() {
      return Math.max(1, Math.ceil(catalogue.entries.length / entriesPerRequest));
    },
    async bodyFor({ user, entitlements: { allows } }) {
      if (allows === unrestricted.allows) {
        const { entries } = catalogue;
        if (whole?.entries !== entries) whole = { entries, body: oneAtATime(() => make(entries, allows)) };
        return whole.body;
      }
      if (users.has(user) || users.size >= limits.listsMax) return undefined;
      return makeFor(user, allows);
    },
  };
}

/** Some 18 KB of the list; other requests are answered with a few. */
const entriesPerRequest = 500;

type Allows = Identity['entitlements']['allows'];
