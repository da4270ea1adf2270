import { setTimeout as delay } from 'node:timers/promises';
import { reportLeading, symbolOf, TestSource } from '#fanout/fixtures.ts';
import { type Batch, type Fanout, FanoutError } from '#fanout/ports.ts';
import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';

export interface TickPublisherDeps {
  readonly fanout: Fanout;
  /** Name of its own: batch numbers are per source. */
  readonly source: string;
  /** Hears of each tick and where it stands, once that is known. */
  readonly published: (tick: Tick, position: Position) => void;
}

export interface TickPublisherLimits {
  /** Ticks per second of all symbols together. */
  readonly rate: number;
}

const beatMs = 10;
const announceEveryMs = 1000;
/** Longer than any test: also a publisher that does not run has a source that is there. */
const reportTtlMs = 600_000;
const retryMs = 50;

/**
 * Publishes like a feed adapter, from the test's own process, so that the test knows exactly what was
 * published where. While Redis is away it tries the same batch again, as the port demands.
 */
export class TickPublisher {
  readonly symbols: readonly StockSymbol[];
  readonly #deps: TickPublisherDeps;
  readonly #limits: TickPublisherLimits;
  readonly #batches: TestSource;
  #stopping = new AbortController();
  #count = 0;
  #announcedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;

  constructor(deps: TickPublisherDeps, names: readonly string[], limits: TickPublisherLimits) {
    this.#deps = deps;
    this.#limits = limits;
    this.#batches = new TestSource(deps.fanout, deps.source);
    this.symbols = names.map(symbolOf);
  }

  /** Ticks made so far; each is known to be published, or about to be. */
  get count(): number {
    return this.#count;
  }

  /** Publishes at the rate until `stop`, and may be called again after it. */
  start(): void {
    if (this.#running !== undefined) return;
    this.#stopping = new AbortController();
    this.#running = this.#run(this.#stopping.signal);
  }

  /** Resolves when the last batch is known to be published: nothing is on its way to Redis then. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#running = undefined;
  }

  /** Tells the hubs' catalogue of the symbols. */
  async announce(): Promise<void> {
    this.#announcedAt = performance.now();
    const { directory } = this.#deps.fanout;
    const { source } = this.#deps;
    await directory.announce(this.symbols.map((symbol) => ({ symbol, source })));
    await reportLeading(directory, source, reportTtlMs);
  }

  /** Publishes so many ticks at once, round robin over the symbols; not while it runs. */
  async burst(ticks: number): Promise<void> {
    const { publisher } = this.#deps.fanout;
    const groups = new Map<number, Tick[]>();
    for (let i = 0; i < ticks; i++) {
      const tick = this.#next();
      const group = publisher.groupOf(tick.symbol);
      groups.set(group, [...(groups.get(group) ?? []), tick]);
    }
    for (const group of groups.values()) await this.#publish(this.#batches.batch(group));
  }

  async #run(stopping: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    let made = 0;
    while (!stopping.aborted) {
      const due = Math.floor(((performance.now() - startedAt) * this.#limits.rate) / 1000) - made;
      made += due;
      // A machine that stood still does not owe what it missed all at once.
      if (due > 0) await this.burst(Math.min(due, this.#limits.rate));
      if (performance.now() - this.#announcedAt > announceEveryMs) await this.#announceAgain();
      await delay(beatMs);
    }
  }

  /** Redis may have lost the catalogue; and while it is away, the next turn will do. */
  async #announceAgain(): Promise<void> {
    await this.announce().catch((error: unknown) => {
      if (!(error instanceof FanoutError)) throw error;
    });
  }

  /** Each tick has a price of its own, so that no two are taken for each other. */
  #next(): Tick {
    const symbol = this.symbols[this.#count % this.symbols.length];
    if (symbol === undefined) throw new Error('a publisher needs a symbol');
    const now = Date.now();
    this.#count++;
    const price = this.#count / 100;
    return { symbol, price, source: this.#deps.source, venueTime: now, receivedAt: now, flags: 0 };
  }

  async #publish(batch: Batch): Promise<void> {
    const result = await retried(() => this.#deps.fanout.publisher.publish(batch));
    if (result.outcome === 'fenced') throw new Error('another publisher has the same source');
    if (result.outcome === 'early') throw new Error('only one batch is ever under way here');
    if (result.outcome === 'repeated') await this.#readBack(batch);
    else
      batch.ticks.forEach((tick, i) => {
        const position = result.positions[i];
        if (position !== undefined) this.#deps.published(tick, position);
      });
  }

  /** The answer was lost, the ticks were not: the streams say where they stand. */
  async #readBack({ ticks }: Batch): Promise<void> {
    for (const symbol of new Set(ticks.map((tick) => tick.symbol))) {
      const { history } = this.#deps.fanout;
      const entries = await retried(() => history.before(symbol, undefined, ticks.length));
      for (const { tick, position } of entries.toReversed()) this.#deps.published(tick, position);
    }
  }
}

async function retried<Result>(work: () => Promise<Result>): Promise<Result> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof FanoutError) || performance.now() > deadline) throw error;
      await delay(retryMs);
    }
  }
}
