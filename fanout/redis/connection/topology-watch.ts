import { sleep } from '#fanout/redis/sleep.ts';

/** Asks a cluster anew which node holds which slot, for as long as there is reason to doubt what is known. */
export interface TopologyWatch {
  /** A command was not answered, a connection was lost, or slots have moved: others may follow. */
  doubt(): void;
  close(): void;
}

/** How eagerly a cluster in doubt is asked for its layout. */
export interface TopologyWatchLimits {
  /** Between two questions while in doubt. */
  readonly doubtIntervalMs: number;
  /** A doubt that is not renewed ends after so long. */
  readonly doubtMs: number;
}

/**
 * ioredis asks every `topologyIntervalMs`, and at once for MOVED; a master that falls silent is neither, and nodes
 * that come back tell the past. What is asked in time is what a failover takes.
 * @param ask begins a question; one that is under way already counts
 */
export function watchTopology(ask: () => void, limits: TopologyWatchLimits): TopologyWatch {
  const closed = new AbortController();
  let doubtedUntil = 0;
  let asking = false;

  const askOn = async (): Promise<void> => {
    asking = true;
    do ask();
    while ((await sleep(limits.doubtIntervalMs, closed.signal)) && performance.now() < doubtedUntil);
    asking = false;
  };

  return {
    doubt() {
      doubtedUntil = performance.now() + limits.doubtMs;
      if (!asking && !closed.signal.aborted) void askOn();
    },
    close: () => closed.abort(),
  };
}
