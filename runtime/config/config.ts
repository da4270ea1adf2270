import { z } from 'zod';
import { nearest } from './nearest.ts';
import { serviceLinkProblem, serviceLinks } from './service-links.ts';

/** Keys for the project's tests: where they find programs. */
export const testKeyPrefix = 'TICKWIRE_TEST_';

/** One environment key: its name, how its text is read, and what the documentation says of it. */
export interface ConfigKey<T> {
  readonly env: string;
  readonly schema: z.ZodType<T>;
  /** Shown when the key is not set; undefined: the key is required. */
  readonly fallback: T | undefined;
  /** Range or form, with the unit, for people. */
  readonly range: string;
  readonly about: string;
  /** Its value is shown nowhere, not even where it is wrong. */
  readonly secret?: true;
}

/** The settings of a process, by the name that code has for each. */
export type ConfigKeys = Readonly<Record<string, ConfigKey<unknown>>>;

/** What was read for these keys, each with the type of its own. */
export type ConfigOf<Keys extends ConfigKeys> = {
  readonly [Name in keyof Keys]: Keys[Name] extends ConfigKey<infer T> ? T : never;
};

/** Every problem of a process's environment at once; its message is meant for the terminal. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `Tickwire can not start, its configuration has problems:\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

/**
 * The flat, frozen configuration of a process.
 * @param env the environment, e.g. `process.env`; only keys that begin with `TICKWIRE_` are looked at
 * @param keysOfOthers keys of other processes, so that all may share one environment
 * @throws ConfigError with every unknown and every out-of-range key
 */
export function readConfig<Keys extends ConfigKeys>(
  keys: Keys,
  env: Readonly<Record<string, string | undefined>>,
  keysOfOthers: ConfigKeys = {},
): ConfigOf<Keys> {
  const all = [...Object.values(keys), ...Object.values(keysOfOthers)];
  const known = new Set(all.map((key) => key.env));
  const links = serviceLinks(env, known);
  const problems = links.length === 0 ? [] : [serviceLinkProblem(links, env)];
  problems.push(
    ...unknownKeys(env, known)
      .filter((name) => !links.includes(name))
      .map(unknownProblem(known)),
  );
  const config: Record<string, unknown> = {};
  for (const [name, key] of Object.entries(keys)) {
    if (links.includes(key.env)) continue; // its problem is told
    const read = readKey(key, env[key.env]);
    if (read.ok) config[name] = read.value;
    else problems.push(read.problem);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config) as ConfigOf<Keys>;
}

type Read = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

/** An empty text is as good as none: what sets keys often can not leave one out. */
function readKey(key: ConfigKey<unknown>, text: string | undefined): Read {
  if (text === undefined || text === '') {
    if (key.fallback !== undefined) return { ok: true, value: key.fallback };
    return { ok: false, problem: `${key.env} is not set; ${key.about} (${key.range})` };
  }
  const parsed = key.schema.safeParse(text);
  if (parsed.success) return { ok: true, value: parsed.data };
  const shown = key.secret === true ? 'set (its value is secret)' : JSON.stringify(text);
  return { ok: false, problem: `${key.env} is ${shown}, but must be ${key.range}` };
}

/** A whole number with its range and unit. */
export function integerKey(
  env: string,
  options: { fallback: number; min: number; max: number; unit: string; about: string },
): ConfigKey<number> {
  const { fallback, min, max, unit, about } = options;
  const schema = z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number)
    .pipe(z.number().int().min(min).max(max));
  return { env, schema, fallback, range: `a whole number from ${min} to ${max} (${unit})`, about };
}

/** A setting that is on (`1`, `true`, `yes`) or off (`0`, `false`, `no`). */
export function flagKey(env: string, options: { fallback: boolean; about: string }): ConfigKey<boolean> {
  const schema = z.stringbool({ truthy: ['1', 'true', 'yes'], falsy: ['0', 'false', 'no'] });
  return { env, schema, fallback: options.fallback, range: '1 or 0', about: options.about };
}

/** Text that matches `pattern`; no fallback = required. Mark what holds a password or token `secret`. */
export function textKey(
  env: string,
  options: { fallback?: string; pattern?: RegExp; range: string; about: string; secret?: true },
): ConfigKey<string> {
  const { fallback, pattern = /^/, range, about, secret } = options;
  return { env, schema: z.string().regex(pattern), fallback, range, about, ...(secret && { secret }) };
}

/** A setting that takes one of a closed list of words. */
export function choiceKey<const Choice extends string>(
  env: string,
  choices: readonly [Choice, ...Choice[]],
  options: { fallback: Choice; about: string },
): ConfigKey<Choice> {
  return {
    env,
    schema: z.enum(choices),
    fallback: options.fallback,
    range: `one of ${choices.join(', ')}`,
    about: options.about,
  };
}

/** A comma-separated list; empty entries are left out. */
export function listKey(
  env: string,
  options: { fallback: readonly string[]; entry: RegExp; range: string; about: string },
): ConfigKey<readonly string[]> {
  const schema = z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    )
    .pipe(z.array(z.string().regex(options.entry)));
  return { env, schema, fallback: options.fallback, range: options.range, about: options.about };
}

function unknownKeys(
  env: Readonly<Record<string, string | undefined>>,
  known: ReadonlySet<string>,
): readonly string[] {
  return Object.keys(env).filter(
    (name) => name.startsWith('TICKWIRE_') && !name.startsWith(testKeyPrefix) && !known.has(name),
  );
}

function unknownProblem(known: ReadonlySet<string>): (name: string) => string {
  return (name) => {
    const close = nearest(name, known);
    const question = close === undefined ? '' : `; did you mean ${close}?`;
    return `${name} is not a key that Tickwire knows${question}`;
  };
}
