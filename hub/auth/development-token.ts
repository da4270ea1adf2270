import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { entitlementsClaim } from './entitlements.ts';
import { PublicKeyError, publicVerificationKey, secretLengthMin } from './verification-key.ts';

/** What a token for development says; what is absent does not restrict. */
export interface DevelopmentClaims {
  /** The claim `sub`. */
  readonly user: string;
  readonly issuer?: string;
  readonly audience?: string;
  /** Seconds that it is good for. */
  readonly lifetimeSeconds: number;
  readonly entitlements: {
    readonly symbols?: readonly string[];
    readonly frequency_min?: number;
    readonly delayed_minutes?: number;
    readonly sockets?: number;
  };
}

/** Why a secret or key can not sign; holds nothing of it. */
export class SigningKeyError extends Error {
  override readonly name = 'SigningKeyError';
}

/** What a token is signed with, and the name of its JWS algorithm, e.g. `HS256`. */
export interface SigningKey {
  readonly key: KeyObject | Uint8Array;
  readonly algorithm: string;
}

/** The secret that hubs have in TICKWIRE_JWT_SECRET. @throws SigningKeyError when no hub would take it */
export function signingSecret(secret: string): SigningKey {
  if (secret.length < secretLengthMin)
    throw new SigningKeyError(
      `the secret has ${secret.length} characters, a hub wants ${secretLengthMin} at least`,
    );
  return { key: new TextEncoder().encode(secret), algorithm: 'HS256' };
}

/** A private key in PEM, whose public key the hubs have. @throws SigningKeyError when no hub would take it */
export function signingKey(pem: string): SigningKey {
  const key = privateKeyOf(pem);
  try {
    const publicPem = createPublicKey(key).export({ type: 'spki', format: 'pem' });
    const [algorithm = ''] = publicVerificationKey(String(publicPem)).algorithms;
    return { key, algorithm };
  } catch (error) {
    if (error instanceof PublicKeyError) throw new SigningKeyError(error.message, { cause: error });
    throw error;
  }
}

/** A token in its compact form, as `createJwtAuthenticator` wants it. @param nowMs Unix ms */
export function createDevelopmentToken(
  { user, issuer, audience, lifetimeSeconds, entitlements }: DevelopmentClaims,
  { key, algorithm }: SigningKey,
  nowMs: number,
): Promise<string> {
  const seconds = Math.floor(nowMs / 1000);
  const restricts = Object.keys(entitlements).length > 0;
  return new SignJWT({
    sub: user,
    iat: seconds,
    exp: seconds + lifetimeSeconds,
    ...(issuer !== undefined && { iss: issuer }),
    ...(audience !== undefined && { aud: audience }),
    ...(restricts && { [entitlementsClaim]: entitlements }),
  })
    .setProtectedHeader({ alg: algorithm })
    .sign(key);
}

/** Nothing of the text gets into the problem. */
function privateKeyOf(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new SigningKeyError('it is no private key in PEM without a passphrase', { cause });
  }
}
