const turnMs = 5;
/** In one call; what is due beyond it comes in the next one. */
const callUpdatesMax = 1000;

/** Publishing at a steady rate, whatever the receivers do. */
export interface Pace {
  /** Stops and waits for the call that is under way. @throws Error when publishing failed */
  stop(): Promise<void>;
}

/**
 * Calls `publish` with the number of updates that are due by the clock; one call at a time. A publisher that is
 * held up makes up for it afterwards, so the rate holds over a run.
 */
export function startPace(updatesPerSecond: number, publish: (updates: number) => Promise<void>): Pace {
  let stopped = false;
  const running = (async () => {
    const started = performance.now();
    let published = 0;
    while (!stopped) {
      const due = Math.floor(((performance.now() - started) / 1000) * updatesPerSecond) - published;
      const updates = Math.min(due, callUpdatesMax);
      if (updates > 0) await publish(updates);
      published += updates;
      if (due <= callUpdatesMax) await new Promise((resume) => setTimeout(resume, turnMs));
    }
  })();
  running.catch(() => undefined); // told by stop
  return {
    async stop() {
      stopped = true;
      await running;
    },
  };
}
