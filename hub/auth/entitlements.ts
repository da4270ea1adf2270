import { type DelayMinutes, delayClassOf, delayMaxMinutes } from '#hub/symbols/delay-classes.ts';
import { frequencyMaxMs } from '#protocol/frequency.ts';
import { z } from '#runtime/schema.ts';
import { matcherOf, patternsMax } from './symbol-patterns.ts';

/** What a user may have. */
export interface Entitlements {
  /** Whether the user may see `symbol`. */
  allows(symbol: string): boolean;
  /** The user gets a symbol's updates this far apart at least; ms, 0 = every update. */
  readonly frequencyMinMs: number;
  /** The user gets everything so late; a delay that is served, 0 = at once. */
  readonly delayedMinutes: DelayMinutes;
  /** Sockets of the user at one hub process. */
  readonly socketsMax: number;
}

/** Every symbol and every update, at once, over any number of sockets. */
export const unrestricted: Entitlements = {
  allows: () => true,
  frequencyMinMs: 0,
  delayedMinutes: 0,
  socketsMax: Number.POSITIVE_INFINITY,
};

/** Name of the claim that restricts what a token's user may have. */
export const entitlementsClaim = 'tickwire';

/** What the claim allows, or what is wrong with it, for the client. */
export type ParsedEntitlements =
  | { readonly ok: true; readonly entitlements: Entitlements }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads the claim: `{"symbols":["AAPL","US.*"],"frequency_min":1000,"delayed_minutes":15,"sockets":3}`. Each field
 * restricts, and one that is absent does not. A field that this hub does not know may restrict as well, so it makes the claim bad: what can
 * not be enforced is not let in.
 */
export function parseEntitlements(claim: unknown): ParsedEntitlements {
  if (claim === undefined) return { ok: true, entitlements: unrestricted };
  const parsed = schema.safeParse(claim);
  if (!parsed.success) return refuse(problemOf(parsed.error.issues[0]));
  const { symbols, frequency_min, delayed_minutes, sockets } = parsed.data;
  const allows = symbols === undefined ? unrestricted.allows : matcherOf(symbols);
  if (allows === undefined) return refuse(problems.symbols);
  const socketsMax = sockets ?? unrestricted.socketsMax;
  const delayedMinutes = delayClassOf(delayed_minutes);
  return { ok: true, entitlements: { allows, frequencyMinMs: frequency_min, delayedMinutes, socketsMax } };
}

const schema = z.strictObject({
  symbols: z.exactOptional(z.array(z.string())),
  frequency_min: z.number().min(0).max(frequencyMaxMs).default(0),
  delayed_minutes: z.number().min(0).max(delayMaxMinutes).default(0),
  sockets: z.exactOptional(z.number().min(0).max(Number.MAX_SAFE_INTEGER)),
});

const problems = {
  symbols: `"symbols" is no list of symbols and at most ${patternsMax} patterns`,
  frequency_min: `"frequency_min" is no number of milliseconds from 0 to ${frequencyMaxMs}`,
  delayed_minutes: `"delayed_minutes" is no number of minutes from 0 to ${delayMaxMinutes}`,
  sockets: '"sockets" is no number of sockets',
} as const satisfies Record<keyof z.infer<typeof schema>, string>;

/** What is wrong with the claim, without anything of its values. */
function problemOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys')
    return `it has a field "${issue.keys[0]?.slice(0, 32)}" that this hub can not enforce`;
  const field = issue?.path[0];
  return Object.entries(problems).find(([name]) => name === field)?.[1] ?? 'it is no object';
}

function refuse(problem: string): ParsedEntitlements {
  return { ok: false, problem: `The token's claim "${entitlementsClaim}" is not accepted: ${problem}` };
}
