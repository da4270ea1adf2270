import { type CryptoKey, type JWTPayload, type KeyObject, SignJWT } from 'jose';
import { createLogger } from '#runtime/logger.ts';
import type { Authenticator } from './authenticator.ts';
import { createJwtAuthenticator, type JwtLimits, type VerificationKey } from './jwt-authenticator.ts';
import { secretVerificationKey } from './verification-key.ts';

/** What the tests of tokens share: an issuer with a secret, and hubs that trust it. */

/** For tests: what tokens are signed with. */
export const secret = 'a secret for tests, 32 characters and more';

/** For tests: any issuer and audience, and clocks that agree. */
export const testJwtLimits: JwtLimits = {
  issuer: undefined,
  audience: undefined,
  clockToleranceSeconds: 0,
  tokenLengthMax: 8192,
};

/** A token of `ann`, good for an hour, with these claims beside and instead. */
export function tokenWith(claims: JWTPayload = {}, nowMs = Date.now()): Promise<string> {
  return signed(claims, 'HS256', new TextEncoder().encode(secret), nowMs);
}

/** For tests: a JWT of these claims, good for an hour from `nowMs` (Unix ms) unless they say otherwise. */
export function signed(
  claims: JWTPayload,
  alg: string,
  key: CryptoKey | KeyObject | Uint8Array,
  nowMs = Date.now(),
  header: { readonly kid?: string } = {},
): Promise<string> {
  const exp = Math.floor(nowMs / 1000) + 3600;
  return new SignJWT({ sub: 'ann', exp, ...claims }).setProtectedHeader({ alg, ...header }).sign(key);
}

/** For tests: takes tokens that are signed with `secret`, unless another key is given. */
export function jwtAuthenticator(
  limits: Partial<JwtLimits> = {},
  verificationKey: VerificationKey = secretVerificationKey(secret),
  now: () => number = Date.now,
): Authenticator {
  return createJwtAuthenticator(
    { verificationKey, now, log: createLogger('test', 'silent') },
    { ...testJwtLimits, ...limits },
  );
}
