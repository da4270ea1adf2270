import type { JWTPayload } from 'jose';
import { z } from '#runtime/schema.ts';
import { type Entitlements, entitlementsClaim, parseEntitlements } from './entitlements.ts';

/** The last second of the year 9999, Unix seconds: what clients are told in ISO 8601 has a year of four digits. */
export const tokenSecondsMax = 253_402_300_799;

/** Characters of a user's name, the claim `sub`. */
export const userLengthMax = 256;

/** The claims of a token that the hub acts on, each within its range. */
export interface Claims {
  /** The claim `sub`. */
  readonly user: string;
  /** The claim `exp`, Unix ms. */
  readonly expiresAt: number;
  /** The claim `nbf`, Unix ms; undefined where the token has none. */
  readonly notBefore: number | undefined;
  /** The claim that the entitlements were read from, as it is in the token. */
  readonly claim: unknown;
  readonly entitlements: Entitlements;
}

/** The claims, or what is wrong with one of them. */
export type ParsedClaims =
  | { readonly ok: true; readonly claims: Claims }
  /** For the client: names the claim, and holds nothing of its value. */
  | { readonly ok: false; readonly problem: string };

/**
 * The claims of a token whose signature is good: being signed makes no number fit for a `Date`. An issuer that counts
 * in milliseconds, or writes 2^53 - 1 for "never", is told so. RFC 7519, section 2: a NumericDate is a number of
 * seconds since 1970, not necessarily whole. Does not throw.
 */
export function parseClaims(payload: JWTPayload): ParsedClaims {
  const parsed = schema.safeParse(payload);
  if (!parsed.success) return { ok: false, problem: problemOf(parsed.error.issues[0]?.path[0]) };
  const { sub: user, exp, nbf, [entitlementsClaim]: claim } = parsed.data;
  const rights = parseEntitlements(claim);
  if (!rights.ok) return rights;
  const { entitlements } = rights;
  const notBefore = nbf === undefined ? undefined : nbf * 1000;
  return { ok: true, claims: { user, expiresAt: exp * 1000, notBefore, claim, entitlements } };
}

/** A NumericDate; infinite numbers (`1e400` in JSON) are none. */
const time = z.number().min(0).max(tokenSecondsMax);

const schema = z.object({
  sub: z.string().min(1).max(userLengthMax),
  exp: time,
  nbf: z.exactOptional(time),
  iat: z.exactOptional(time),
  [entitlementsClaim]: z.unknown().optional(),
});

function problemOf(claim: unknown): string {
  if (claim === 'sub') return `The token's claim "sub" is no text of 1 to ${userLengthMax} characters`;
  return (
    `The token's claim "${String(claim)}" is no number of seconds since 1970, up to the year 9999 ` +
    '(milliseconds have to be divided by 1000)'
  );
}
