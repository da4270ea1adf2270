import { hkdfSync } from 'node:crypto';
import type { authKeys } from '#hub/auth/config.ts';
import { ConfigError, type ConfigOf } from '#runtime/config/config.ts';
import { nodeKeys } from './config.ts';

/** The settings that keys for signing may come from. */
export type SigningConfig = ConfigOf<typeof nodeKeys> &
  Pick<ConfigOf<typeof authKeys>, 'auth' | 'jwtSecret' | 'jwtPublicKey' | 'jwksUrl'>;

/**
 * The keys with which hubs that share a Redis sign what they keep there for one another, the one that signs first; none
 * where everyone is let in and no key is set: then each hub makes one for itself. Whoever has the secret of tokens may
 * have what tickets give as well, so where there is one, a key can be made of it.
 * @throws ConfigError where tickets stand for tokens and there is no key, or a former key without a present one
 */
export function signingKeysOf({
  auth,
  jwtSecret,
  jwtPublicKey,
  jwksUrl,
  hubSecret,
  hubSecretPrevious,
}: SigningConfig): readonly string[] {
  const { env } = nodeKeys.hubSecret;
  if (hubSecret !== '') return hubSecretPrevious === '' ? [hubSecret] : [hubSecret, hubSecretPrevious];
  if (hubSecretPrevious !== '')
    throw new ConfigError([`${nodeKeys.hubSecretPrevious.env} is set, but not ${env}; set both, or neither`]);
  if (jwtSecret !== '') return [keyOf(jwtSecret)];
  // Without any key of tokens that is what is wrong, and told by itself.
  if (auth !== 'jwt' || (jwtPublicKey === '' && jwksUrl === '')) return [];
  throw new ConfigError([
    `${env} is not set, but TICKWIRE_AUTH is "jwt": hubs sign with it the tickets that stand for tokens, and their ` +
      'places in the registry. Make one (openssl rand -base64 33) and give the same to every hub of this Redis',
  ]);
}

/** A key of its own purpose (HKDF, RFC 5869): with it nobody can sign tokens. */
function keyOf(jwtSecret: string): string {
  return Buffer.from(hkdfSync('sha256', jwtSecret, '', 'tickwire hub secret', 32)).toString('base64url');
}
