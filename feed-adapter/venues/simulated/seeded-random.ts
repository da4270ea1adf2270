/**
 * Numbers from 0 (included) to 1 (excluded), the same for the same seed: sfc32, "small fast counting",
 * by Chris Doty-Humphrey for PractRand (public domain, https://pracrand.sourceforge.net/RNG_engines.txt).
 * Its period is above 2^32 from any seed and 2^127 on average; a generator with 32 bits of state would
 * repeat itself within hours at a busy market's pace.
 * @param seed any whole number; its lower 53 bits count
 */
export function createSeededRandom(seed: number): () => number {
  let a = 0;
  let b = seed >>> 0;
  let c = Math.floor(seed / 4_294_967_296) >>> 0;
  let counter = 1;

  function next(): number {
    const mixed = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + mixed) >>> 0;
    return mixed / 4_294_967_296;
  }

  for (let round = 0; round < warmUpRounds; round++) next();
  return next;
}

/** As many as its author takes until seeds that are alike give numbers that are not. */
const warmUpRounds = 12;

/** Normally distributed, mean 0 and deviation 1 (Box and Muller, 1958). */
export function createNormalRandom(random: () => number): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
