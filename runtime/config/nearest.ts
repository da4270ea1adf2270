/** The first of `known` that `name` is a slip of the finger away from; undefined when there is none. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  return [...known].find((candidate) => differsLittle(name, candidate));
}

/** Whether two names differ in one run of at most two characters: enough for a slip of the finger. */
function differsLittle(a: string, b: string): boolean {
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return Math.max(a.length, b.length) - start - end <= 2;
}
