/**
 * Delays that are served, in minutes; 0 = none. A token's delay is rounded up to the next one, so that clients share
 * what is read for them, and a hub has few delays however many tokens there are.
 */
export const delayClassesMinutes = [0, 1, 5, 10, 15, 20, 30, 60] as const;

/** A delay that is served, in minutes; 0: none. */
export type DelayMinutes = (typeof delayClassesMinutes)[number];

/** The longest delay that a token may ask for, in minutes. */
export const delayMaxMinutes = 60;

/** The delay that serves one of `minutes` (0 … `delayMaxMinutes`): never a shorter one. */
export function delayClassOf(minutes: number): DelayMinutes {
  return delayClassesMinutes.find((delay) => delay >= minutes) ?? delayMaxMinutes;
}
