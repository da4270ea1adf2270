import { type Batch, FanoutError, type Publisher, type PublishOutcome } from '#fanout/ports.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';

/** How one call of `publish` ends. `lost`: it happened, but the answer does not come back. */
export type Ending = 'done' | 'lost' | 'failed' | 'fenced' | 'hangs';

/** A publisher for tests that numbers nothing, but keeps the promise on repeated batches. */
export class FakePublisher implements Publisher {
  /** Every call, in order. */
  readonly calls: Batch[] = [];
  /** What really happened, in order. */
  readonly published: Tick[] = [];
  /** How the next calls end; the last one also stands for all after it. */
  endings: Ending[] = ['done'];
  groupOf: (symbol: StockSymbol) => number = () => 0;
  readonly #done = new Set<string>();

  async publish(batch: Batch): Promise<PublishOutcome> {
    this.calls.push(batch);
    const ending = (this.endings.length > 1 ? this.endings.shift() : this.endings[0]) ?? 'done';
    if (ending === 'hangs') return new Promise(() => undefined);
    if (ending === 'fenced') return { outcome: 'fenced' };
    if (ending === 'failed') throw new FanoutError('unavailable', 'no connection');
    const repeated = this.#happen(batch);
    if (ending === 'lost') throw new FanoutError('timeout', 'no answer');
    return repeated ? { outcome: 'repeated' } : { outcome: 'published', positions: [] };
  }

  #happen(batch: Batch): boolean {
    const [first] = batch.ticks;
    const key = `${batch.token} ${first && this.groupOf(first.symbol)} ${batch.number}`;
    if (this.#done.has(key)) return true;
    this.#done.add(key);
    for (const tick of batch.ticks) this.published.push(tick);
    return false;
  }
}
