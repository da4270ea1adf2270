import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HistoryEntry } from '#fanout/ports.ts';
import { type Codec, codecs } from '#protocol/codec.ts';
import type { HubMessage } from '#protocol/messages.ts';
import type { Position } from '#protocol/position.ts';
import { parseSymbol, type StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';
import { encodeTick } from '#protocol/tick-payload.ts';
import { createHubCounts, type HubCounts } from './counts.ts';
import { createDeliveryGroups, type DeliveryGroups } from './delivery/delivery-groups.ts';
import { Flusher } from './delivery/flusher.ts';
import { createFrequencyWindows, type FrequencyWindows } from './delivery/frequency-windows.ts';
import type { HubSocket } from './listener/hub-socket.ts';
import { Session } from './session/session.ts';
import type { SessionBarrier } from './session/session-barrier.ts';
import type { FeedDeps, FeedHistory, FeedLimits } from './symbols/feed-deps.ts';
import { createRetryGate } from './symbols/retry-gate.ts';
import { createSlabs } from './symbols/slabs.ts';
import { SymbolFeed } from './symbols/symbol-feed.ts';

/** What the tests of the hub share: made-up ticks, histories and sockets, and a small hub of them. */

export function symbolOf(name: string): StockSymbol {
  const symbol = parseSymbol(name);
  if (symbol === undefined) throw new Error(`${name} is no symbol`);
  return symbol;
}

export const aapl = symbolOf('AAPL');

/** A tick whose price is its sequence number, so that a test sees which one it has. */
export function tickOf(seq: number, more: Partial<Tick> = {}): Tick {
  return {
    symbol: aapl,
    price: seq,
    source: 'test',
    venueTime: 1000 + seq,
    receivedAt: 2000 + seq,
    flags: 0,
    ...more,
  };
}

/** The live feed brings `tick`. */
export function arrive(feed: SymbolFeed, tick: Tick, epoch: number, seq: number): void {
  const payload = encodeTick(tick);
  feed.accept(payload, 0, payload.length, epoch, seq);
}

export function entryOf(epoch: number, seq: number, more: Partial<Tick> = {}): HistoryEntry {
  return { position: { epoch, seq }, tick: tickOf(seq, more) };
}

/** A history made of `entries`, which a test may change; counts its reads. */
export class FakeHistory implements FeedHistory {
  entries: HistoryEntry[] = [];
  reads = 0;
  /** Thrown by the next reads while set. */
  failure: Error | undefined;

  add(epoch: number, first: number, last: number): void {
    for (let seq = first; seq <= last; seq++) this.entries.push(entryOf(epoch, seq));
  }

  async after(
    _symbol: StockSymbol,
    position: Position,
    entriesMax: number,
  ): Promise<readonly HistoryEntry[]> {
    this.#count();
    return this.entries.filter((entry) => isAfter(entry.position, position)).slice(0, entriesMax);
  }

  async newest(symbol: StockSymbol, entriesMax: number): Promise<readonly HistoryEntry[]> {
    return this.before(symbol, undefined, entriesMax);
  }

  async before(
    _symbol: StockSymbol,
    position: Position | undefined,
    entriesMax: number,
  ): Promise<readonly HistoryEntry[]> {
    this.#count();
    const older = this.entries.filter((entry) => position === undefined || isAfter(position, entry.position));
    return older.slice(-entriesMax).reverse();
  }

  #count(): void {
    this.reads++;
    if (this.failure !== undefined) throw this.failure;
  }
}

function isAfter(a: Position, b: Position): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq);
}

/** A socket that remembers what it was sent, with a buffer that the test fills and empties. */
export class FakeSocket implements HubSocket {
  readonly sent: HubMessage[] = [];
  readonly topics = new Set<string>();
  buffered = 0;
  /** Above this, `send` drops. */
  bufferMax = Number.POSITIVE_INFINITY;
  closedWith: number | undefined;
  readonly #codec: Codec;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  send(frame: Uint8Array): number {
    if (this.buffered > this.bufferMax) return 2;
    this.sent.push(decode(this.#codec, frame));
    return 1;
  }
  getBufferedAmount(): number {
    return this.buffered;
  }
  subscribe(topic: string): boolean {
    this.topics.add(topic);
    return true;
  }
  unsubscribe(topic: string): boolean {
    return this.topics.delete(topic);
  }
  cork(work: () => void): void {
    work();
  }
  end(code: number): void {
    this.closedWith = code;
  }
}

function decode(codec: Codec, frame: Uint8Array): HubMessage {
  const decoded = codec.decode(frame);
  if (!decoded.ok) throw new Error('the hub sent what it can not read');
  return decoded.value as HubMessage;
}

/** What throws in the work for a session fails the test. */
export const noBarrier: SessionBarrier = {
  run: (_session, work) => work(),
  failed: (_session, error) => {
    throw error;
  },
  requestFailed: (error) => {
    throw error;
  },
};

export const testFeedLimits: FeedLimits = {
  feedEntriesMax: 4,
  pageEntriesMax: 3,
  arrivalsMax: 100,
  replayHoldMs: 1000,
  replayHoldMaxMs: 5000,
};

export function feedDepsOf(history: FeedHistory, counts: HubCounts, now: () => number): FeedDeps {
  const nothing = (): void => undefined;
  const slabs = createSlabs();
  const retryGate = createRetryGate();
  const told = { observeLatency: nothing, outgrown: nothing };
  return {
    history,
    delayedMinutes: 0,
    counts,
    partOf: () => '',
    retryGate,
    now,
    slabs,
    ...told,
    elapsedMs: now,
  };
}

/** One symbol's way from feed to fake sockets, with a clock that the test moves. */
export interface SmallHub {
  readonly windows: FrequencyWindows;
  readonly counts: HubCounts;
  readonly history: FakeHistory;
  readonly flusher: Flusher;
  readonly groups: DeliveryGroups;
  readonly feed: SymbolFeed;
  now: number;
  connect(codec?: Codec): { readonly session: Session; readonly socket: FakeSocket };
  /** One turn of the flusher; everything that it publishes is settled afterwards. */
  turn(): void;
}

export function createSmallHub(limits: Partial<FeedLimits> = {}): SmallHub {
  const counts = createHubCounts();
  const history = new FakeHistory();
  const sockets: FakeSocket[] = [];
  const settling: (() => void)[] = [];
  const whenSettled = (settled: () => void): void => void settling.push(settled);
  const nothing = (): void => undefined;
  const flusher = new Flusher({ wanted: nothing, whenSettled, settle: nothing, flushed: nothing }, 0);
  const publish = (topic: string, frame: Uint8Array): void => {
    for (const socket of sockets) if (socket.topics.has(topic)) socket.send(frame);
  };
  const groups = createDeliveryGroups({ publish, queue: flusher, counts });
  const feed = new SymbolFeed(
    aapl,
    feedDepsOf(history, counts, () => hub.now),
    { ...testFeedLimits, ...limits },
  );
  const hub: SmallHub = {
    windows: createFrequencyWindows({ now: () => hub.now }, { delayMinuteMs: 1000 }),
    counts,
    history,
    flusher,
    groups,
    feed,
    now: 0,
    connect(codec = codecs.json) {
      const socket = new FakeSocket(codec);
      const session = new Session(sockets.length, `s${sockets.length}`, codec, '127.0.0.1', counts);
      session.opened(socket);
      sockets.push(socket);
      return { session, socket };
    },
    turn() {
      flusher.flush();
      flusher.turn(hub.now);
      for (let settled = settling.shift(); settled !== undefined; settled = settling.shift()) settled();
    },
  };
  return hub;
}

/** Its history has the numbers `first` to `last` of epoch 7, and its feed is open. */
export async function openedHub(first: number, last: number): Promise<SmallHub> {
  const hub = createSmallHub();
  hub.history.add(7, first, last);
  await hub.feed.open();
  return hub;
}

/** Until every read that is under way is done. */
export async function settled(hub: SmallHub): Promise<void> {
  for (let turns = 0; turns < 100 && !hub.feed.live; turns++) await nextTurn();
  if (!hub.feed.live) throw new Error('the tail did not go live again');
}

/** The updates of `symbol` that a socket got, as `[from, seq]`; resets as their reason, its very first one after `begins`. */
export function story(sent: readonly HubMessage[], symbol = 'AAPL'): (readonly [number, number] | string)[] {
  return sent.flatMap((message): (readonly [number, number] | string)[] => {
    if (message.type === 'reset' && message.symbol === symbol) return [message.reason];
    if (message.type === 'subscribed' && message.symbols[symbol]?.begins) return ['begins'];
    const update = message.type === 'price_update' ? message.data[symbol] : undefined;
    if (update === undefined) return [];
    return [[update.from ?? update.seq, update.seq]];
  });
}
