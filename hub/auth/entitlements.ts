import { frequencyMaxMs } from '#protocol/frequency.ts';
import { type DelayMinutes, delayClassOf, delayMaxMinutes } from '../delay/delay-classes.ts';
import { matcherOf } from './symbol-patterns.ts';

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

export const unrestricted: Entitlements = {
  allows: () => true,
  frequencyMinMs: 0,
  delayedMinutes: 0,
  socketsMax: Number.POSITIVE_INFINITY,
};

/** Name of the claim that restricts what a token's user may have. */
export const entitlementsClaim = 'tickwire';

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
  if (typeof claim !== 'object' || claim === null || Array.isArray(claim)) return refuse('it is no object');
  const { symbols, frequency_min = 0, delayed_minutes = 0, sockets, ...unknown } = claim as Claim;
  const [name] = Object.keys(unknown);
  if (name !== undefined)
    return refuse(`it has a field "${name.slice(0, 32)}" that this hub can not enforce`);
  if (!isWithin(frequency_min, 0, frequencyMaxMs))
    return refuse(`"frequency_min" is no number of milliseconds from 0 to ${frequencyMaxMs}`);
  if (!isWithin(delayed_minutes, 0, delayMaxMinutes))
    return refuse(`"delayed_minutes" is no number of minutes from 0 to ${delayMaxMinutes}`);
  if (sockets !== undefined && !isWithin(sockets, 0, Number.MAX_SAFE_INTEGER))
    return refuse('"sockets" is no number of sockets');
  const allows = symbols === undefined ? unrestricted.allows : matcherOf(symbols);
  if (allows === undefined) return refuse('"symbols" is no list of symbols and at most 64 patterns');
  const socketsMax = sockets ?? unrestricted.socketsMax;
  const delayedMinutes = delayClassOf(delayed_minutes);
  return { ok: true, entitlements: { allows, frequencyMinMs: frequency_min, delayedMinutes, socketsMax } };
}

interface Claim {
  readonly symbols?: unknown;
  readonly frequency_min?: unknown;
  readonly delayed_minutes?: unknown;
  readonly sockets?: unknown;
}

function isWithin(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && value >= min && value <= max;
}

function refuse(problem: string): ParsedEntitlements {
  return { ok: false, problem: `The token's claim "${entitlementsClaim}" is not accepted: ${problem}` };
}
