/** Phases per frequency class at the most, and the shortest time between two of them. */
const phasesMax = 50;
const phaseMinMs = 50;

/** Each class is divided into slots of so long: the moments in which something of it may be published. */
export const slotMs = phaseMinMs;

/** The slots of a class; a phase is one of them. */
export function slotsOf(classMs: number): number {
  return Math.max(1, Math.floor(classMs / slotMs));
}

/** The slot of the phase that a socket belongs to which may have any. @param number of its session */
export function sharedSlotOf(classMs: number, number: number): number {
  const phases = phasesOf(classMs);
  return (number % phases) * (slotsOf(classMs) / phases);
}

/**
 * The number of phases of a class. A socket belongs to one phase, so that all of its symbols flush in
 * the same turn and share one write to the socket; the phases spread the writes over the class's time.
 */
export function phasesOf(classMs: number): number {
  return classMs === 0 ? 1 : Math.max(1, Math.min(phasesMax, Math.floor(classMs / phaseMinMs)));
}
