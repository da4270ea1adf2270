import {
  type CryptoKey,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  type KeyObject,
} from 'jose';
import type { Logger } from '#runtime/logger.ts';
import type { Authenticator, Verdict } from './authenticator.ts';
import { entitlementsClaim, parseEntitlements } from './entitlements.ts';

/** What signatures are checked with. The algorithms go with the kind of key: a token may choose among them only. */
export interface VerificationKey {
  readonly key: CryptoKey | KeyObject | Uint8Array | JWTVerifyGetKey;
  readonly algorithms: readonly string[];
}

/** Key sets that can not be had now; other errors of a key's look-up are the token's fault. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

export interface JwtLimits {
  /** Wanted in the claims `iss` and `aud`; undefined: any, or none. */
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  /** By so much the clocks of issuer and hub may differ. */
  readonly clockToleranceSeconds: number;
  /** Characters of a token that are looked at. */
  readonly tokenLengthMax: number;
  /** Characters of a user's name, the claim `sub`. */
  readonly userLengthMax: number;
}

export interface JwtDeps {
  readonly verificationKey: VerificationKey;
  /** Unix ms. */
  readonly now: () => number;
  readonly log: Logger;
}

/** Wants a signed token with `sub` and `exp` of everyone. */
export function createJwtAuthenticator(deps: JwtDeps, limits: JwtLimits): Authenticator {
  const { verificationKey, now, log } = deps;

  const payloadOf = async (token: string): Promise<JWTPayload> => {
    const options = {
      algorithms: [...verificationKey.algorithms],
      requiredClaims: ['sub', 'exp'],
      clockTolerance: limits.clockToleranceSeconds,
      currentDate: new Date(now()),
      ...(limits.issuer !== undefined && { issuer: limits.issuer }),
      ...(limits.audience !== undefined && { audience: limits.audience }),
    };
    const { key } = verificationKey;
    // Two calls, because `jwtVerify` has an overload for each kind of key.
    const verified =
      typeof key === 'function' ? await jwtVerify(token, key, options) : await jwtVerify(token, key, options);
    return verified.payload;
  };

  return {
    anonymous: undefined,
    async verify(token) {
      if (token.length > limits.tokenLengthMax)
        return refuse('invalid_token', `A token may have ${limits.tokenLengthMax} characters`);
      try {
        return judge(await payloadOf(token), limits);
      } catch (error) {
        return refusalOf(error, log);
      }
    },
  };
}

function judge(payload: JWTPayload, { userLengthMax }: JwtLimits): Verdict {
  const { sub: user, exp } = payload;
  if (typeof user !== 'string' || user === '' || user.length > userLengthMax || exp === undefined)
    return refuse('invalid_token', `The token needs "exp", and a "sub" of 1 to ${userLengthMax} characters`);
  const claim = payload[entitlementsClaim];
  const parsed = parseEntitlements(claim);
  if (!parsed.ok) return refuse('invalid_token', parsed.problem);
  return { ok: true, identity: { user, expiresAt: exp * 1000, entitlements: parsed.entitlements, claim } };
}

/** An error of `jose` may hold the claims: nothing of it but its code goes anywhere. */
function refusalOf(error: unknown, log: Logger): Verdict {
  if (error instanceof errors.JWTExpired)
    return refuse('token_expired', 'The token has expired; get a new one');
  if (error instanceof errors.JWTClaimValidationFailed)
    return refuse('invalid_token', `The token's claim "${error.claim}" is not what this hub accepts`);
  if (error instanceof errors.JOSEError)
    return refuse('invalid_token', 'The token is not a JWT signed with the key and algorithm of this hub');
  if (!(error instanceof KeysUnavailableError))
    // Not a crash: whoever finds the token that gets here must not be able to end the hub with it.
    log.error({ error: error instanceof Error ? error.name : typeof error }, 'token could not be checked');
  return refuse('unavailable', 'Tokens can not be checked just now; try again in a few seconds');
}

function refuse(code: Exclude<Verdict, { ok: true }>['code'], problem: string): Verdict {
  return { ok: false, code, problem };
}
