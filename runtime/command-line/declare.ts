import { z } from '#runtime/schema.ts';

/** `--NAME`: there or not. */
export interface Flag {
  readonly about: string;
}

/** `--NAME VALUE`. The schema reads the text; its description says what the value must be. */
export interface ValueOption {
  /** The value as help shows it, e.g. `N` or `FILE`. */
  readonly value: string;
  readonly about: string;
  /** Of an array: the option may come several times. Without a default or `optional()` it has to be there. */
  readonly schema: z.ZodType;
  /** One letter: `-e` beside `--env`. */
  readonly short?: string;
}

/** The words beside the options: scenarios, files, symbols. */
export interface Names {
  /** As help shows one of them, e.g. `BENCH`. */
  readonly value: string;
  readonly about: string;
  readonly each: z.ZodType;
  /** So many must be there; none when not said. */
  readonly min?: number;
  /** No more than so many; any number when not said. */
  readonly max?: number;
}

/** Everything that a script takes: `readCommandLine` reads by it, and `--help` is made from it. */
export interface CommandLine {
  /** As it is typed, e.g. `npm run bench`. */
  readonly command: string;
  readonly about: string;
  readonly options?: Readonly<Record<string, Flag | ValueOption>>;
  readonly names?: Names;
  /** Whose options, e.g. `k6`: what stands behind the names and is not among `options` is for that program. */
  readonly passesOnTo?: string;
  /** Further parts of the help, each as it is printed. */
  readonly notes?: readonly string[];
  readonly examples?: readonly string[];
}

/** A whole number, in digits. */
export function wholeNumber(min: number, max: number) {
  const isWithin = (text: string): boolean =>
    /^\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max;
  return z.string().refine(isWithin).transform(Number).describe(`a whole number from ${min} to ${max}`);
}

/** A number, not necessarily whole. */
export function numberAbove(least: number, max: number) {
  return z
    .string()
    .refine((text) => Number(text) > least && Number(text) <= max)
    .transform(Number)
    .describe(`a number above ${least}, up to ${max}`);
}

/** Schema of an option that takes one of a closed list of words. */
export function oneOf<const Name extends string>(names: readonly Name[]) {
  return z.enum(names).describe(names.length === 1 ? String(names[0]) : `one of ${names.join(', ')}`);
}

/** Schema of an option that takes any text, the empty one included. */
export function anyText() {
  return z.string();
}

/** What a value of this schema must be, with `joint` before it; empty where any text will do. */
export function mustBe(schema: z.ZodType, joint: string): string {
  const { description } = innermost(schema);
  return description === undefined ? '' : joint + description;
}

/** Without the wrappings of `default()` and `optional()`, which keep no description. */
export function innermost(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional
    ? innermost(schema.unwrap() as z.ZodType)
    : schema;
}
