/** What an update means to someone who holds every update up to `held`. */
export type Coverage = 'next' | 'duplicate' | 'gap';

/**
 * An update stands for the sequence numbers `from` to `seq` of one epoch. It is taken when it joins
 * on to (or overlaps) what is held, repeated when it brings nothing new, and a gap when numbers
 * between are missing.
 * @param held last sequence number held, or -1 for none
 */
export function judgeCoverage(held: number, from: number, seq: number): Coverage {
  if (seq <= held) return 'duplicate';
  return from <= held + 1 ? 'next' : 'gap';
}
