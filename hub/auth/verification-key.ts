import { createPublicKey, type KeyObject } from 'node:crypto';
import type { VerificationKey } from './jwt-authenticator.ts';

/** Below it a secret could be guessed by trying: RFC 7518 wants as many bytes as the hash has. */
export const secretLengthMin = 32;
const modulusLengthMin = 2048;

/** A secret that issuer and hub share. */
export function secretVerificationKey(secret: string): VerificationKey {
  return { key: new TextEncoder().encode(secret), algorithms: ['HS256'] };
}

/** Everything that can not be forged by who knows the public key. */
export const signatureAlgorithms: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** Why a text is no public key that a hub could use. */
export class PublicKeyError extends Error {
  override readonly name = 'PublicKeyError';
}

/**
 * A public key in PEM, `-----BEGIN PUBLIC KEY-----`; line ends may be written `\n`, as environments often do.
 * @throws PublicKeyError when it is none, is private, or too weak
 */
export function publicVerificationKey(pem: string): VerificationKey {
  const key = readPublicKey(pem.replaceAll('\\n', '\n'));
  const algorithms = algorithmsOf(key);
  if (algorithms === undefined)
    throw new PublicKeyError('it is neither RSA, EC (P-256, P-384, P-521) nor Ed25519');
  return { key, algorithms };
}

function readPublicKey(pem: string): KeyObject {
  if (pem.includes('PRIVATE KEY')) throw new PublicKeyError('it is a private key, which a hub must not have');
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new PublicKeyError('it is no public key in PEM', { cause });
  }
}

function algorithmsOf(key: KeyObject): readonly string[] | undefined {
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
      if (modulusLength < modulusLengthMin)
        throw new PublicKeyError(`its ${modulusLength} bits are fewer than ${modulusLengthMin}`);
      return ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
    case 'ec':
      return curveAlgorithms[namedCurve ?? ''];
    case 'ed25519':
      return ['EdDSA', 'Ed25519'];
    default:
      return undefined;
  }
}

const curveAlgorithms: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
};
