import { partitionCount, partitionOf } from '#fanout/partition.ts';
import type { Batch } from '#fanout/ports.ts';
import { guardKey, stateKey, streamKey } from '#fanout/redis/keys.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';
import { tickPayloadBytesMax, writeTick } from '#protocol/tick-payload.ts';

/** A batch as `publish.lua` wants it. */
export interface LaidOutBatch {
  readonly keys: readonly string[];
  readonly layout: Buffer;
  readonly payloads: Buffer;
}

/**
 * Lays batches out for the script. What it needs again for each batch is kept: a payload of its own for each
 * tick, and its key made anew, took 2.2 µs a tick; this takes 0.7.
 */
export class BatchLayout {
  /** Of the symbols published so far; an adapter's normaliser refuses those that its venues did not announce. */
  readonly #routes = new Map<StockSymbol, Route>();
  /** Number of each partition in the batch at hand, 0 where it has none. */
  readonly #numbers = new Uint8Array(partitionCount);
  #scratch = new DataView(new ArrayBuffer(8 * tickPayloadBytesMax));

  /**
   * The partitions are numbered from 1 in the order they come up.
   * @throws RangeError when a tick is larger than 65,535 bytes
   */
  of({ source, ticks }: Batch, guardPartition: number): LaidOutBatch {
    this.#numbers.fill(0);
    const states: string[] = [];
    const streams: string[] = [];
    const layout = Buffer.allocUnsafe(3 * ticks.length);
    let end = 0;
    for (let i = 0; i < ticks.length; i++) {
      const tick = ticks[i] as Tick;
      const { partition, stream } = this.#routeOf(tick.symbol);
      layout[3 * i] = this.#numbers[partition] || this.#enter(partition, states);
      const start = end;
      end = writeTick(tick, this.#scratchFrom(start), start);
      layout.writeUInt16BE(end - start, 3 * i + 1);
      streams.push(stream);
    }
    const keys = [guardKey(guardPartition, source), ...states, ...streams];
    // A copy: the bytes may be sent again after the next batch was laid out.
    return { keys, layout, payloads: Buffer.from(new Uint8Array(this.#scratch.buffer, 0, end)) };
  }

  #routeOf(symbol: StockSymbol): Route {
    let route = this.#routes.get(symbol);
    if (route === undefined) {
      route = { partition: partitionOf(symbol), stream: streamKey(symbol) };
      this.#routes.set(symbol, route);
    }
    return route;
  }

  #enter(partition: number, states: string[]): number {
    const number = states.push(stateKey(partition));
    this.#numbers[partition] = number;
    return number;
  }

  /** With room for any tick from `at` on. */
  #scratchFrom(at: number): DataView {
    const { byteLength } = this.#scratch;
    if (byteLength - at >= tickPayloadBytesMax) return this.#scratch;
    const larger = new Uint8Array(2 * byteLength);
    larger.set(new Uint8Array(this.#scratch.buffer));
    this.#scratch = new DataView(larger.buffer);
    return this.#scratch;
  }
}

/** What never changes of a symbol. */
interface Route {
  readonly partition: number;
  readonly stream: string;
}
