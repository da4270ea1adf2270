import type { Position } from '#protocol/position.ts';
import { parseSymbol, type StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';
import { decodeTick } from '#protocol/tick-payload.ts';
import type { Batch, Directory, Fanout, LiveListener, LiveReceiver } from './ports.ts';

/** For tests: the symbol, or an error when `name` is none. */
export function symbolOf(name: string): StockSymbol {
  const symbol = parseSymbol(name);
  if (symbol === undefined) throw new Error(`not a symbol: ${name}`);
  return symbol;
}

/** For tests: a tick that is told apart by its price. */
export function tickOf(symbol: StockSymbol, price: number): Tick {
  return {
    symbol,
    price,
    source: 'test',
    venueTime: 1_700_000_000_000,
    receivedAt: 1_700_000_000_001,
    flags: 0,
  };
}

/** For tests: publishes as an adapter does, one batch after the other. */
export class TestSource {
  readonly #fanout: Fanout;
  readonly #source: string;
  readonly #token: number;
  readonly #numbers = new Map<number, number>();

  constructor(fanout: Fanout, source = 'test', token = 1) {
    this.#fanout = fanout;
    this.#source = source;
    this.#token = token;
  }

  /** The next batch of the group that the ticks belong to. */
  batch(ticks: readonly Tick[]): Batch {
    const [first] = ticks;
    const group = first === undefined ? 0 : this.#fanout.publisher.groupOf(first.symbol);
    const number = (this.#numbers.get(group) ?? 0) + 1;
    this.#numbers.set(group, number);
    return { source: this.#source, token: this.#token, number, ticks };
  }

  /** Publishes one batch per group; the positions are in the order of the ticks. */
  async publish(...ticks: readonly Tick[]): Promise<readonly Position[]> {
    const { publisher } = this.#fanout;
    const positions = new Map<Tick, Position>();
    for (const group of new Set(ticks.map(({ symbol }) => publisher.groupOf(symbol)))) {
      const batch = this.batch(ticks.filter(({ symbol }) => publisher.groupOf(symbol) === group));
      const result = await publisher.publish(batch);
      if (result.outcome !== 'published') throw new Error(`the batch was ${result.outcome}`);
      batch.ticks.forEach((tick, i) => {
        const position = result.positions[i];
        if (position !== undefined) positions.set(tick, position);
      });
    }
    return ticks.flatMap((tick) => positions.get(tick) ?? []);
  }

  /** One tick per price. */
  async prices(symbol: StockSymbol, ...prices: readonly number[]): Promise<readonly Position[]> {
    return this.publish(...prices.map((price) => tickOf(symbol, price)));
  }
}

/** For tests: writes down what the live feed says. */
export class TestListener implements LiveListener {
  readonly heard: { symbol: StockSymbol; price: number; epoch: number; seq: number }[] = [];
  readonly interruptions: (readonly StockSymbol[])[] = [];

  receiverOf(symbol: StockSymbol): LiveReceiver {
    return {
      accept: (bytes, start, end, epoch, seq) => {
        const tick = decodeTick(symbol, bytes, start, end);
        if (tick === undefined) throw new Error('what was heard is no tick');
        this.heard.push({ symbol, price: tick.price, epoch, seq });
      },
    };
  }

  interrupted(symbols: readonly StockSymbol[]): void {
    this.interruptions.push(symbols);
  }

  /** Prices heard of `symbol`, in order. */
  pricesOf(symbol: StockSymbol): number[] {
    return this.heard.filter((update) => update.symbol === symbol).map(({ price }) => price);
  }
}

/** The directory says for `ttlMs` that somebody brings the source's prices; hubs tell clients of a source without. */
export function reportLeading(
  directory: Pick<Directory, 'report'>,
  source: string,
  ttlMs: number,
): Promise<void> {
  const counts = { symbols: 1, published: 0, rejected: {}, gaveUp: 0, venueGaps: 0, reconnects: 0 };
  return directory.report({ source, instance: source, state: 'leading', ...counts }, ttlMs);
}
