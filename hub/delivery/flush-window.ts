export interface FlushWindowLimits {
  /** The longest window of a hub that keeps up. */
  readonly flushMs: number;
}

/** The shortest window; a quiet hub does not wait even for that (`flush-clock.ts`). */
const windowMinMs = 2;
/** Share of the loop's time that is work, from which on the window is as long as `flushMs`. */
const loadFull = 0.25;
/** From here on the loop is falling behind: the window grows further, to `stretch` × `flushMs` at 1. */
const loadBehind = 0.85;
const stretch = 4;
/** Share of a new sample in the load: a spike of one sample moves the window by half. */
const smoothing = 0.5;

/**
 * How long updates are gathered so that they share a write to each socket, decided from the load. A write
 * costs what 10 to 30 deliveries cost, so under load a longer window is what saves CPU; on a hub with CPU to
 * spare it would only make updates late.
 */
export interface FlushWindow {
  /** The window in ms. */
  readonly ms: number;
  /** Takes a sample: the share of its time that the event loop worked, 0 … 1. */
  observe(load: number): void;
}

export function createFlushWindow(limits: FlushWindowLimits): FlushWindow {
  let load = 0;
  let ms = windowOf(0, limits.flushMs);
  return {
    get ms() {
      return ms;
    },
    observe(sample) {
      load += smoothing * (sample - load);
      ms = windowOf(load, limits.flushMs);
    },
  };
}

function windowOf(load: number, flushMs: number): number {
  const catchUp = Math.max(0, load - loadBehind) / (1 - loadBehind);
  const share = Math.min(1, load / loadFull) + (stretch - 1) * catchUp;
  return Math.max(Math.min(windowMinMs, flushMs), flushMs * share);
}
