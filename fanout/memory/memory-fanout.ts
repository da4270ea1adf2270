import { registryLimits } from '#fanout/node-ports.ts';
import {
  type CatalogueEntry,
  catalogueLimits,
  type Directory,
  type Fanout,
  type History,
  type HistoryEntry,
  type Leases,
  type LiveFeed,
  type LiveListener,
  type LiveReceiver,
  type Publisher,
  type SourceStatus,
} from '#fanout/ports.ts';
import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';
import { encodeTick } from '#protocol/tick-payload.ts';
import { createMemoryNodes, createMemoryTickets } from './memory-nodes.ts';

/** What the process may keep. */
export interface MemoryFanoutLimits {
  /** Entries that the history of a symbol keeps at least; it is trimmed when it holds twice as many. */
  readonly replayEntriesMax: number;
}

/** Clocks, so that tests can set the time. */
export interface MemoryFanoutDeps {
  /** Unix ms; for what is told of a time, and for numbers that an earlier start did not give out. */
  readonly now: () => number;
  /** For what lasts: ms of a clock that never goes back; `performance.now` unless told. */
  readonly elapsedMs?: () => number;
}

/** One symbol's history and numbering. */
interface Book {
  readonly entries: HistoryEntry[];
  nextSeq: number;
}

const noEntries: readonly HistoryEntry[] = [];

/**
 * Everything in this process: for a start without any server, and for tests. It has one epoch, the
 * time at which it was made, and one listener; updates are delivered before `publish` resolves.
 */
export function createMemoryFanout(deps: MemoryFanoutDeps, limits: MemoryFanoutLimits): Fanout {
  const { now, elapsedMs = () => performance.now() } = deps;
  const epoch = now();
  const books = new Map<StockSymbol, Book>();
  const bookOf = (symbol: StockSymbol): Book => {
    let book = books.get(symbol);
    if (book === undefined) {
      book = { entries: [], nextSeq: 0 };
      books.set(symbol, book);
    }
    return book;
  };
  const feed = createLiveFeed();
  const append = (tick: Tick): Position => {
    const book = bookOf(tick.symbol);
    const position = { epoch, seq: book.nextSeq++ };
    book.entries.push({ position, tick });
    if (book.entries.length > 2 * limits.replayEntriesMax) book.entries.splice(0, limits.replayEntriesMax);
    feed.deliver(tick, position);
    return position;
  };
  return {
    publisher: createPublisher(append),
    live: feed.live,
    history: createHistory((symbol) => books.get(symbol)?.entries ?? noEntries),
    directory: createDirectory(elapsedMs),
    leases: createLeases(now, elapsedMs),
    nodes: createMemoryNodes({ now, elapsedMs }, registryLimits),
    tickets: createMemoryTickets({ elapsedMs }),
    available: () => true,
    close: async () => feed.close(),
  };
}

function createPublisher(append: (tick: Tick) => Position): Publisher {
  const guards = new Map<string, { token: number; batch: number }>();
  const numbers = new Map<string, Map<StockSymbol, number>>();
  return {
    groupOf: () => 0,
    async publish({ source, token, number, ticks, settled = number - 1, venueNumbers = [] }) {
      const guard = guards.get(source);
      if (guard !== undefined && guard.token > token) return { outcome: 'fenced' };
      const done = guard?.token === token ? guard.batch : 0;
      if (done >= number) return { outcome: 'repeated' };
      if (Math.max(done, settled) < number - 1) return { outcome: 'early' };
      guards.set(source, { token, batch: number });
      const known = numbers.get(source) ?? new Map<StockSymbol, number>();
      numbers.set(source, known);
      for (const [symbol, venueNumber] of venueNumbers) known.set(symbol, venueNumber);
      return { outcome: 'published', positions: ticks.map(append) };
    },
    async lastPublished(source, symbols) {
      const known = numbers.get(source) ?? new Map<StockSymbol, number>();
      const wanted = symbols.flatMap((symbol) => {
        const number = known.get(symbol);
        return number === undefined ? [] : [[symbol, number] as const];
      });
      return { any: guards.has(source), numbers: new Map(wanted) };
    },
  };
}

function createLiveFeed() {
  const wanted = new Map<StockSymbol, LiveReceiver>();
  let listener: LiveListener | undefined;
  const live: LiveFeed = {
    listen(added) {
      listener = added;
    },
    async subscribe(symbols) {
      for (const symbol of symbols) {
        const receiver = listener?.receiverOf(symbol);
        if (receiver !== undefined) wanted.set(symbol, receiver);
      }
    },
    unsubscribe(symbols) {
      for (const symbol of symbols) wanted.delete(symbol);
    },
    silentParts: () => [],
    partCount: () => 1,
    partOf: () => undefined,
  };
  return {
    live,
    deliver(tick: Tick, { epoch, seq }: Position): void {
      const receiver = wanted.get(tick.symbol);
      if (receiver === undefined) return;
      const payload = encodeTick(tick);
      receiver.accept(payload, 0, payload.length, epoch, seq);
    },
    close: () => wanted.clear(),
  };
}

function createHistory(entriesOf: (symbol: StockSymbol) => readonly HistoryEntry[]): History {
  return {
    async after(symbol, position, entriesMax) {
      const entries = entriesOf(symbol);
      const start = entries.findIndex((entry) => isAfter(entry.position, position));
      return start < 0 ? [] : entries.slice(start, start + entriesMax);
    },
    async before(symbol, position, entriesMax) {
      const entries = entriesOf(symbol);
      const older =
        position === undefined ? entries : entries.filter((entry) => isAfter(position, entry.position));
      return older.toReversed().slice(0, entriesMax);
    },
    newest: async (requests) =>
      requests.map(({ symbol, entriesMax }) => entriesOf(symbol).slice(-entriesMax).reverse()),
  };
}

function isAfter(a: Position, b: Position): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq);
}

function createDirectory(elapsedMs: () => number): Directory {
  const catalogue = new Map<StockSymbol, CatalogueEntry>();
  const seen = new Map<string, number>();
  const sources = new Map<string, { status: SourceStatus; until: number }>();
  let version = 0;
  return {
    async announce(entries) {
      const isHere = (owner: string): boolean =>
        (seen.get(owner) ?? 0) > elapsedMs() - catalogueLimits.sourceGoneMs;
      let refused = 0;
      for (const { symbol, source } of entries) {
        seen.set(source, elapsedMs());
        const owner = catalogue.get(symbol)?.source;
        if (owner === source || (owner !== undefined && isHere(owner))) continue;
        if (owner === undefined && catalogue.size >= catalogueLimits.symbolsMax) refused++;
        else {
          catalogue.set(symbol, { symbol, source });
          version++;
        }
      }
      return refused;
    },
    async retire(source, symbols) {
      const forgottenBefore = elapsedMs() - catalogueLimits.sourceForgottenMs;
      const over = [...catalogue.values()].filter((entry) =>
        entry.source === source
          ? !symbols.has(entry.symbol)
          : (seen.get(entry.source) ?? 0) <= forgottenBefore,
      );
      for (const { symbol } of over) catalogue.delete(symbol);
      if (over.length > 0) version++;
      return over.length;
    },
    catalogueVersion: async () => String(version),
    catalogue: async () => [...catalogue.values()],
    async report(status, ttlMs) {
      sources.set(`${status.source} ${status.instance}`, { status, until: elapsedMs() + ttlMs });
    },
    async sources() {
      for (const [key, { until }] of sources) if (until <= elapsedMs()) sources.delete(key);
      return [...sources.values()].map(({ status }) => status);
    },
  };
}

function createLeases(now: () => number, elapsedMs: () => number): Leases {
  const leases = new Map<string, { holder: string; token: number; until: number }>();
  return {
    async acquire(source, holder, ttlMs) {
      const lease = leases.get(source);
      const held = lease !== undefined && lease.until > elapsedMs();
      if (held && lease.holder !== holder) return undefined;
      const token = held ? lease.token : Math.max((lease?.token ?? 0) + 1, now());
      leases.set(source, { holder, token, until: elapsedMs() + ttlMs });
      return token;
    },
    async release(source, holder) {
      const lease = leases.get(source);
      if (lease?.holder === holder) leases.set(source, { ...lease, until: Number.NEGATIVE_INFINITY });
    },
  };
}
