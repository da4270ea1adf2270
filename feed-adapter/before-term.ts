import { type Fanout, FanoutError, type LastPublished } from '#fanout/ports.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Venue } from './venues/venue.ts';

/** What was published of a source before the term, by whichever process; the term continues from there. */
export interface BeforeTerm extends LastPublished {
  /** Ids of trades that are published already, so that a repeated trade is recognised; oldest first. */
  readonly tradeIds: ReadonlyMap<StockSymbol, readonly string[]>;
}

/** What tells how far a source was published before. */
export interface BeforeTermDeps {
  readonly fanout: Pick<Fanout, 'publisher' | 'history'>;
  readonly source: string;
  readonly venue: Pick<Venue, 'symbols' | 'repeats'>;
  readonly log: Logger;
}

/** Entries of the history that are read for trade ids: of one symbol, and of all together. */
const entriesPerSymbolMax = 512;
const entriesMax = 20_000;

const readsAtOnceMax = 64;

/** Undefined when Redis does not say. Takes as long as Redis' commands may. */
export async function readBeforeTerm(deps: BeforeTermDeps): Promise<BeforeTerm | undefined> {
  const { fanout, source, venue, log } = deps;
  try {
    const last = await fanout.publisher.lastPublished(source, venue.symbols);
    const tradeIds = venue.repeats && last.any ? await readTradeIds(deps) : tradeIdsOf(last);
    return { ...last, tradeIds };
  } catch (error) {
    if (!(error instanceof FanoutError)) throw error; // a bug: ends the process, as nobody catches it
    log.warn({ source, code: error.code }, 'what was published before is not known');
    return undefined;
  }
}

/** A venue's number is the trade's id as well. */
function tradeIdsOf({ numbers }: LastPublished): BeforeTerm['tradeIds'] {
  return new Map([...numbers].map(([symbol, number]) => [symbol, [String(number)]]));
}

async function readTradeIds({ fanout, source, venue }: BeforeTermDeps): Promise<BeforeTerm['tradeIds']> {
  const perSymbol = Math.min(entriesPerSymbolMax, Math.ceil(entriesMax / venue.symbols.length));
  const tradeIds = new Map<StockSymbol, readonly string[]>();
  const read = async (symbol: StockSymbol): Promise<void> => {
    const entries = await fanout.history.before(symbol, undefined, perSymbol);
    const own = entries.toReversed().filter(({ tick }) => tick.source === source);
    const ids = own.flatMap(({ tick }) => tick.tradeId ?? []);
    if (ids.length > 0) tradeIds.set(symbol, ids);
  };
  for (let start = 0; start < venue.symbols.length; start += readsAtOnceMax)
    await Promise.all(venue.symbols.slice(start, start + readsAtOnceMax).map(read));
  return tradeIds;
}
