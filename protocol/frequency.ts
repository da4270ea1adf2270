/**
 * The frequency classes in milliseconds: at most one update per symbol and so many milliseconds,
 * 0 = every update. A wish is rounded up to the next class, so that clients share their frames.
 */
export const frequencyClassesMs = [0, 100, 250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000] as const;

/** One of `frequencyClassesMs`. */
export type FrequencyClassMs = (typeof frequencyClassesMs)[number];

/** The slowest that a client may ask for, ms. */
export const frequencyMaxMs = 60_000;

/** The class that serves a wish of `wishMs` (0 … 60,000). */
export function frequencyClassOf(wishMs: number): FrequencyClassMs {
  return frequencyClassesMs.find((classMs) => classMs >= wishMs) ?? frequencyMaxMs;
}
