import { choiceKey, flagKey, integerKey, textKey } from '#runtime/config/config.ts';
import { secretLengthMin } from './verification-key.ts';

/** Environment of the hub for who may come. */
export const authKeys = {
  auth: choiceKey('TICKWIRE_AUTH', ['none', 'jwt'], {
    fallback: 'none',
    about: 'Whether clients show a token',
  }),
  authNoneOk: flagKey('TICKWIRE_AUTH_NONE_OK', {
    fallback: false,
    about: 'Serve everyone who can reach the hub from other machines, without a token',
  }),
  jwtSecret: textKey('TICKWIRE_JWT_SECRET', {
    fallback: '',
    pattern: new RegExp(`^.{${secretLengthMin},}$`, 's'),
    range: `a text of at least ${secretLengthMin} characters`,
    about: 'Secret that the tokens are signed with (HS256)',
    secret: true,
  }),
  jwtPublicKey: textKey('TICKWIRE_JWT_PUBLIC_KEY', {
    fallback: '',
    range: 'a public key in PEM, or the path of a file with one',
    about: 'Key that the signatures of tokens are checked with',
    secret: true, // it is none, but what is put here by mistake may be
  }),
  jwksUrl: textKey('TICKWIRE_JWT_JWKS_URL', {
    fallback: '',
    pattern: /^(https:\/\/[^/]|http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])[:/])/,
    range: 'an https:// address; http:// only on this machine',
    about: 'Where the public keys of the issuer are (JWKS)',
  }),
  jwtIssuer: textKey('TICKWIRE_JWT_ISSUER', {
    fallback: '',
    range: 'a text',
    about: 'The claim "iss" that tokens must have; empty = any',
  }),
  jwtAudience: textKey('TICKWIRE_JWT_AUDIENCE', {
    fallback: '',
    range: 'a text',
    about: 'What the claim "aud" of tokens must name; empty = anything',
  }),
  jwtClockToleranceSeconds: integerKey('TICKWIRE_JWT_CLOCK_TOLERANCE', {
    fallback: 5,
    min: 0,
    max: 60,
    unit: 's',
    about: 'By how much the clocks of issuer and hub may differ',
  }),
  authenticateWithinMs: integerKey('TICKWIRE_AUTHENTICATE_MS', {
    fallback: 5000,
    min: 100,
    max: 60_000,
    unit: 'ms',
    about: 'Time in which a socket has to show its token',
  }),
} as const;
