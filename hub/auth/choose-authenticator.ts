import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { ConfigError, type ConfigOf } from '#runtime/config/config.ts';
import type { UnusedKey } from '#runtime/config/unused-keys.ts';
import type { Logger } from '#runtime/logger.ts';
import { type Authenticator, createOpenAuthenticator } from './authenticator.ts';
import { authKeys } from './config.ts';
import { createJwtAuthenticator, type VerificationKey } from './jwt-authenticator.ts';
import { createKeySet } from './key-set.ts';
import {
  PublicKeyError,
  publicVerificationKey,
  secretVerificationKey,
  signatureAlgorithms,
} from './verification-key.ts';

/** The settings that say who may come in. */
export type AuthConfig = ConfigOf<typeof authKeys> & { readonly host: string };

/** What the way of checking tokens needs; `fetch` reads the keys of the issuer. */
export interface ChoiceDeps {
  readonly fetch: typeof fetch;
  /** Unix ms. */
  readonly now: () => number;
  readonly log: Logger;
}

const keySetLimits = {
  fetchTimeoutMs: 5000,
  answerBytesMax: 1024 * 1024,
  refreshAfterMs: 600_000,
  unknownKeyMs: 30_000,
  unknownKeyReadsMax: 5,
  retryAfterMs: 5000,
} as const;

/**
 * The authenticator that the configuration names.
 * @throws ConfigError when the configuration is contradictory, or would serve the world by accident
 */
export function chooseAuthenticator(config: AuthConfig, deps: ChoiceDeps): Authenticator {
  const named = keyNames.filter((name) => config[name] !== '');
  const problems = config.auth === 'jwt' ? jwtProblems(config, named) : openProblems(config);
  if (problems.length > 0) throw new ConfigError(problems);
  if (config.auth === 'none') return createOpenAuthenticator();
  return createJwtAuthenticator(
    { verificationKey: verificationKeyOf(config, deps), now: deps.now, log: deps.log },
    {
      issuer: config.jwtIssuer || undefined,
      audience: config.jwtAudience || undefined,
      clockToleranceSeconds: config.jwtClockToleranceSeconds,
      tokenLengthMax: 8192,
    },
  );
}

/** Keys of tokens that are set while no token is asked for: whoever set them may think that the hub is closed. */
export function unusedAuthKeys(config: ConfigOf<typeof authKeys>): readonly UnusedKey[] {
  if (config.auth !== 'none') return [];
  const why = 'TICKWIRE_AUTH is "none", so no token is asked for; set TICKWIRE_AUTH=jwt to ask for one';
  const named = [...keyNames, 'jwtIssuer', 'jwtAudience'] as const;
  return named.filter((name) => config[name] !== '').map((name) => ({ env: authKeys[name].env, why }));
}

const keyNames = ['jwtSecret', 'jwtPublicKey', 'jwksUrl'] as const;
type KeyName = (typeof keyNames)[number];

function jwtProblems({ jwksUrl }: AuthConfig, named: readonly KeyName[]): string[] {
  if (jwksUrl !== '' && !URL.canParse(jwksUrl)) return [`${authKeys.jwksUrl.env} is no address`];
  if (named.length === 1) return [];
  const all = keyNames.map((name) => authKeys[name].env).join(', ');
  if (named.length === 0) return [`TICKWIRE_AUTH is "jwt", but none of ${all} is set; set one of them`];
  const set = named.map((name) => authKeys[name].env).join(' and ');
  return [`${set} are set, but tokens are checked with one key; keep one of them`];
}

function openProblems({ host, authNoneOk }: AuthConfig): string[] {
  if (isLoopback(host) || authNoneOk) return [];
  return [
    `TICKWIRE_HOST is "${host}" and TICKWIRE_AUTH is "none": whoever reaches this address gets all prices; ` +
      'set TICKWIRE_AUTH=jwt, or TICKWIRE_AUTH_NONE_OK=1 if that is meant',
  ];
}

/** A name other than localhost may lead anywhere. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function verificationKeyOf(config: AuthConfig, deps: ChoiceDeps): VerificationKey {
  if (config.jwtSecret !== '') return secretVerificationKey(config.jwtSecret);
  if (config.jwtPublicKey !== '') return readPublicKey(config.jwtPublicKey);
  const elapsedMs = (): number => performance.now(); // for what lasts: the wall clock may jump
  const key = createKeySet(new URL(config.jwksUrl), { ...deps, now: elapsedMs }, keySetLimits);
  return { key, algorithms: signatureAlgorithms };
}

function readPublicKey(pemOrPath: string): VerificationKey {
  try {
    const isPem = pemOrPath.includes('-----BEGIN');
    return publicVerificationKey(isPem ? pemOrPath : readFileSync(pemOrPath, 'utf8'));
  } catch (error) {
    if (error instanceof PublicKeyError)
      throw new ConfigError([`TICKWIRE_JWT_PUBLIC_KEY can not be used: ${error.message}`]);
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new ConfigError([
      `TICKWIRE_JWT_PUBLIC_KEY is neither PEM nor the path of a file that can be read (${code})`,
    ]);
  }
}
