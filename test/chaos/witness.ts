import { symbolOf } from '#fanout/fixtures.ts';
import type { Fanout } from '#fanout/ports.ts';
import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';
import { decodeTick } from '#protocol/tick-payload.ts';
import type { Oracle } from '#test/harness/oracle.ts';
import { until } from '#test/harness/redis/until.ts';

const pageEntries = 2000;

/**
 * Sees what is published, for the oracle: hears it at Redis as the hubs do, and reads the streams besides. So it
 * also knows of updates that Redis loses afterwards.
 */
export class Witness {
  /** Position of the newest update of each symbol that was seen. */
  readonly last = new Map<string, Position>();
  readonly symbols: readonly StockSymbol[];
  readonly #fanout: Fanout;
  readonly #oracle: Oracle;
  readonly #read = new Map<StockSymbol, Position>();

  private constructor(fanout: Fanout, oracle: Oracle, names: readonly string[]) {
    this.#fanout = fanout;
    this.#oracle = oracle;
    this.symbols = names.map(symbolOf);
  }

  static async open(fanout: Fanout, oracle: Oracle, names: readonly string[]): Promise<Witness> {
    const witness = new Witness(fanout, oracle, names);
    fanout.live.listen({
      receiverOf: (symbol) => ({
        accept(bytes, start, end, epoch, seq) {
          const tick = decodeTick(symbol, bytes, start, end);
          if (tick !== undefined) witness.#saw(tick, { epoch, seq });
        },
      }),
      interrupted: () => undefined, // `readStreams` finds what was missed
    });
    await fanout.live.subscribe(witness.symbols);
    return witness;
  }

  /** Everything that stands in the streams and was not read before; waits while Redis is away. */
  async readStreams(): Promise<void> {
    for (const symbol of this.symbols)
      await until(`the stream of ${symbol} is read`, () => this.#follow(symbol));
  }

  async #follow(symbol: StockSymbol): Promise<boolean> {
    for (;;) {
      const after = this.#read.get(symbol) ?? { epoch: 0, seq: 0 };
      const entries = await this.#fanout.history.after(symbol, after, pageEntries);
      for (const { tick, position } of entries) {
        this.#saw(tick, position);
        this.#read.set(symbol, position);
      }
      if (entries.length < pageEntries) return true;
    }
  }

  #saw(tick: Tick, position: Position): void {
    const { symbol, price, size, bid, ask, volume } = tick;
    const optional = Object.entries({ size, bid, ask, volume }).filter(([, value]) => value !== undefined);
    const timestamp = new Date(tick.venueTime).toISOString();
    const { epoch, seq } = position;
    this.#oracle.published(symbol, epoch, seq, { price, timestamp, ...Object.fromEntries(optional) });
    const last = this.last.get(symbol);
    if (last === undefined || epoch > last.epoch || (epoch === last.epoch && seq > last.seq))
      this.last.set(symbol, position);
  }
}
