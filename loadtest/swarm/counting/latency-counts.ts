/** Above this, latencies are counted as this. */
export const latencyMaxMs = 120_000;

/**
 * Latencies as counts by whole millisecond: an addition to an array for each update; a histogram takes them over
 * once a second.
 */
export class LatencyCounts {
  readonly #counts = new Int32Array(latencyMaxMs + 1);
  /** Beyond this index there are no counts. */
  #top = 0;

  /** Clocks of one machine: what is stamped in the future came at once. */
  record(latencyMs: number): void {
    const index = latencyMs < 0 ? 0 : latencyMs > latencyMaxMs ? latencyMaxMs : Math.floor(latencyMs);
    this.#counts[index] = (this.#counts[index] as number) + 1;
    if (index >= this.#top) this.#top = index + 1;
  }

  /** Pairs of a latency in ms and its count, and begins anew. */
  take(): number[] {
    const pairs: number[] = [];
    for (let index = 0; index < this.#top; index++) {
      const count = this.#counts[index] as number;
      if (count > 0) pairs.push(index, count);
    }
    this.#counts.fill(0, 0, this.#top);
    this.#top = 0;
    return pairs;
  }
}
