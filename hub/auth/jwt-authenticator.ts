import {
  type CryptoKey,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
  type KeyObject,
} from 'jose';
import type { Logger } from '#runtime/logger.ts';
import type { Authenticator, Verdict } from './authenticator.ts';
import { parseClaims } from './claims.ts';

/** What signatures are checked with. The algorithms go with the kind of key: a token may choose among them only. */
export interface VerificationKey {
  readonly key: CryptoKey | KeyObject | Uint8Array | JWTVerifyGetKey;
  readonly algorithms: readonly string[];
}

/** Key sets that can not be had now; other errors of a key's look-up are the token's fault. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

/** What a token must say and how long it may be. */
export interface JwtLimits {
  /** Wanted in the claims `iss` and `aud`; undefined: any, or none. */
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  /** By so much the clocks of issuer and hub may differ. */
  readonly clockToleranceSeconds: number;
  /** Characters of a token that are looked at. */
  readonly tokenLengthMax: number;
}

/** The key that tokens are checked with, and the clock that they expire by. */
export interface JwtDeps {
  readonly verificationKey: VerificationKey;
  /** Unix ms. */
  readonly now: () => number;
  readonly log: Logger;
}

/** Wants a signed token with `sub` and `exp` of everyone. */
export function createJwtAuthenticator(deps: JwtDeps, limits: JwtLimits): Authenticator {
  const { verificationKey, now } = deps;

  /** @throws JOSEError or KeysUnavailableError when it is not good */
  const payloadOf = async (token: string): Promise<JWTPayload> => {
    const options: JWTVerifyOptions = {
      algorithms: [...verificationKey.algorithms],
      requiredClaims: ['sub', 'exp'],
      clockTolerance: limits.clockToleranceSeconds,
      currentDate: new Date(now()),
      ...(limits.issuer !== undefined && { issuer: limits.issuer }),
      ...(limits.audience !== undefined && { audience: limits.audience }),
    };
    const { key } = verificationKey;
    // Two calls, because `jwtVerify` has an overload for each kind of key.
    if (typeof key !== 'function') return (await jwtVerify(token, key, options)).payload;
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys) return payloadByAny(token, error, options);
      throw error;
    }
  };

  return {
    anonymous: undefined,
    async verify(token) {
      if (token.length > limits.tokenLengthMax)
        return refuse('invalid_token', `A token may have ${limits.tokenLengthMax} characters`);
      try {
        return judge(await payloadOf(token));
      } catch (error) {
        return refusalOf(error, deps);
      }
    },
  };
}

/**
 * A token that names no key, and a set that has several for it, as while an issuer without key names changes its key:
 * one of them has to fit.
 * @throws JOSEError when none does
 */
async function payloadByAny(
  token: string,
  keys: errors.JWKSMultipleMatchingKeys,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  let tried = 0;
  for await (const key of keys) {
    if (++tried > unnamedKeysMax) break;
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

/** Signatures that are checked for one token which names no key. */
const unnamedKeysMax = 8;

/**
 * Seconds that a token may be early and is only told to wait: the clocks of issuer and hub differ, or it was got ahead.
 * Later than that the issuer means it, or counts in something else.
 */
const earlySecondsMax = 300;

function judge(payload: JWTPayload): Verdict {
  const parsed = parseClaims(payload);
  if (!parsed.ok) return refuse('invalid_token', parsed.problem);
  const { user, expiresAt, entitlements, claim } = parsed.claims;
  return { ok: true, identity: { user, expiresAt, entitlements, claim } };
}

/** An error of `jose` may hold the claims: nothing of it but its code goes anywhere. */
function refusalOf(error: unknown, { now, log }: JwtDeps): Verdict {
  if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed)
    return claimRefusal(error, now());
  if (error instanceof errors.JOSEError)
    return refuse('invalid_token', 'The token is not a JWT signed with the key and algorithm of this hub');
  if (!(error instanceof KeysUnavailableError))
    // Not a crash: whoever finds the token that gets here must not be able to end the hub with it.
    log.error({ error: error instanceof Error ? error.name : typeof error }, 'token could not be checked');
  return refuse('unavailable', 'Tokens can not be checked just now; try again in a few seconds');
}

/** The signature was good. A claim out of its range is told before one that is only wrong just now. */
function claimRefusal(
  { claim, payload, code }: errors.JWTExpired | errors.JWTClaimValidationFailed,
  now: number,
): Verdict {
  const parsed = parseClaims(payload);
  if (!parsed.ok) return refuse('invalid_token', parsed.problem);
  if (code === errors.JWTExpired.code) return refuse('token_expired', 'The token has expired; get a new one');
  const { notBefore = 0 } = parsed.claims;
  if (claim === 'nbf' && notBefore - now <= earlySecondsMax * 1000)
    return refuse('unavailable', 'The token is not good yet, by its claim "nbf"; try again in a few seconds');
  return refuse('invalid_token', `The token's claim "${claim}" is not what this hub accepts`);
}

function refuse(code: Exclude<Verdict, { ok: true }>['code'], problem: string): Verdict {
  return { ok: false, code, problem };
}
