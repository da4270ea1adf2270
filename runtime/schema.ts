import { z } from 'zod';

/*
 * What comes from outside (Redis, tokens, HTTP) is parsed once, where it enters, by a schema that bounds every number
 * and text. A number without a bound ends in a `Date` that refuses it, in a loop that never ends, or in a timer that
 * fires at once.
 */
export { z } from 'zod';

/** Unix ms from 1970 on that a `Date` can hold (ECMA-262, "Time Values"), not necessarily whole. */
export const unixMsSchema: z.ZodType<number> = z.number().min(0).max(8.64e15);

/** How many of something: whole, from 0 to 2^53 - 1. */
export const countSchema: z.ZodType<number> = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** A text of at most so many characters. */
export function textSchema(charactersMax: number): z.ZodType<string> {
  return z.string().max(charactersMax);
}

/** What `text` holds as JSON, if `schema` takes it; undefined otherwise. Does not throw. */
export function parseJsonAs<T>(schema: z.ZodType<T>, text: unknown): T | undefined {
  if (typeof text !== 'string') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // whoever can write there can write junk: the caller leaves it out and counts it
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
