/** Numbers from 0 to 1. */
export type Random = () => number;

/** One of `options`, each as likely as the others. */
export function oneOf<Option>(random: Random, options: readonly Option[]): Option {
  const option = options[below(random, options.length)];
  if (option === undefined) throw new RangeError('there is nothing to choose from');
  return option;
}

/** A whole number from 0 to `end` - 1. */
export function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}

/** So many results of `make`. */
export function several<Item>(count: number, make: () => Item): Item[] {
  return Array.from({ length: count }, make);
}
