import {
  type Batch,
  FanoutError,
  type LastPublished,
  type Publisher,
  type PublishOutcome,
} from '#fanout/ports.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';

/**
 * How one call of `publish` ends. `lost`: it happened, but the answer does not come back. `forgotten`: it
 * happened and is answered, and then what was known of all batches is lost, as when Redis is flushed.
 */
export type Ending = 'done' | 'lost' | 'failed' | 'forgotten' | 'fenced' | 'hangs';

/** A publisher for tests that numbers nothing, but keeps the promises on the order and repetition of batches. */
export class FakePublisher implements Publisher {
  /** Every call, in order. */
  readonly calls: Batch[] = [];
  /** What really happened, in order. */
  readonly published: Tick[] = [];
  /** How the next calls end; the last one also stands for all after it. */
  endings: Ending[] = ['done'];
  groupOf: (symbol: StockSymbol) => number = () => 0;
  /** Last batch that happened, by token and group. */
  readonly #done = new Map<string, number>();

  async publish(batch: Batch): Promise<PublishOutcome> {
    this.calls.push(batch);
    const ending = (this.endings.length > 1 ? this.endings.shift() : this.endings[0]) ?? 'done';
    if (ending === 'hangs') return new Promise(() => undefined);
    if (ending === 'fenced') return { outcome: 'fenced' };
    if (ending === 'failed') throw new FanoutError('unavailable', 'no connection');
    const outcome = this.#happen(batch);
    if (ending === 'forgotten') this.#done.clear();
    if (ending === 'lost') throw new FanoutError('timeout', 'no answer');
    return outcome;
  }

  async lastPublished(): Promise<LastPublished> {
    return { any: this.published.length > 0, numbers: new Map() };
  }

  #happen({ token, number, settled = number - 1, ticks }: Batch): PublishOutcome {
    const [first] = ticks;
    const key = `${token} ${first && this.groupOf(first.symbol)}`;
    const done = this.#done.get(key) ?? 0;
    if (done >= number) return { outcome: 'repeated' };
    if (Math.max(done, settled) < number - 1) return { outcome: 'early' };
    this.#done.set(key, number);
    for (const tick of ticks) this.published.push(tick);
    return { outcome: 'published', positions: [] };
  }
}
