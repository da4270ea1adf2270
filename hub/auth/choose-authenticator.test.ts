import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hubKeys } from '#hub/config.ts';
import { ConfigError, readConfig } from '#runtime/config/config.ts';
import { createLogger } from '#runtime/logger.ts';
import type { Authenticator } from './authenticator.ts';
import { chooseAuthenticator, unusedAuthKeys } from './choose-authenticator.ts';
import { secret, signed, tokenWith } from './fixtures.ts';

const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

function chosen(env: Readonly<Record<string, string>>): Authenticator {
  const log = createLogger('test', 'silent');
  return chooseAuthenticator(readConfig(hubKeys, env), { fetch, now: Date.now, log });
}

function problemOf(env: Readonly<Record<string, string>>): string {
  try {
    chosen(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return assert.fail('it was accepted');
}

test('without tokens a hub serves its own machine, and others only when that is said twice', () => {
  for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost'])
    assert.ok(chosen({ TICKWIRE_HOST: host }).anonymous, host);
  for (const host of ['0.0.0.0', '::', '10.0.0.7', 'hub.example', '127.example', 'localhost.example']) {
    assert.match(problemOf({ TICKWIRE_HOST: host }), /TICKWIRE_AUTH=jwt, or TICKWIRE_AUTH_NONE_OK=1/, host);
    assert.ok(chosen({ TICKWIRE_HOST: host, TICKWIRE_AUTH_NONE_OK: '1' }).anonymous, host);
    assert.equal(
      chosen({ TICKWIRE_HOST: host, TICKWIRE_AUTH: 'jwt', TICKWIRE_JWT_SECRET: secret }).anonymous,
      undefined,
    );
  }
});

test('tokens are checked with exactly one key', () => {
  const auth = { TICKWIRE_AUTH: 'jwt' };
  assert.match(problemOf(auth), /TICKWIRE_JWT_SECRET, TICKWIRE_JWT_PUBLIC_KEY, TICKWIRE_JWT_JWKS_URL is set/);
  const two = { ...auth, TICKWIRE_JWT_SECRET: secret, TICKWIRE_JWT_JWKS_URL: 'https://issuer/keys' };
  assert.match(problemOf(two), /TICKWIRE_JWT_SECRET and TICKWIRE_JWT_JWKS_URL are set.*keep one/);
});

test('a key of tokens that none is asked for stops nothing, and is named with what to set', () => {
  const env = { TICKWIRE_JWT_SECRET: secret, TICKWIRE_JWT_ISSUER: 'https://issuer' };
  assert.deepEqual(
    unusedAuthKeys(readConfig(hubKeys, env)).map((key) => key.env),
    ['TICKWIRE_JWT_SECRET', 'TICKWIRE_JWT_ISSUER'],
  );
  assert.match(unusedAuthKeys(readConfig(hubKeys, env))[0]?.why ?? '', /set TICKWIRE_AUTH=jwt/);
  chosen(env);
  assert.deepEqual(unusedAuthKeys(readConfig(hubKeys, { ...env, TICKWIRE_AUTH: 'jwt' })), []);
  assert.match(
    problemOf({ ...env, TICKWIRE_HOST: '0.0.0.0' }),
    /whoever reaches this address gets all prices/,
  );
});

test('a secret that is short is refused, and not shown', () => {
  const problem = problemOf({ TICKWIRE_AUTH: 'jwt', TICKWIRE_JWT_SECRET: 'hunter2' });
  assert.match(problem, /TICKWIRE_JWT_SECRET .* at least 32 characters/);
  assert.doesNotMatch(problem, /hunter2/);
});

test('the key set comes over TLS, or from this machine', () => {
  const withUrl = (url: string) => ({ TICKWIRE_AUTH: 'jwt', TICKWIRE_JWT_JWKS_URL: url });
  for (const url of ['https://issuer/keys', 'http://127.0.0.1:9/keys', 'http://localhost/keys'])
    assert.equal(chosen(withUrl(url)).anonymous, undefined, url);
  for (const url of ['http://issuer/keys', 'ftp://issuer', 'issuer', 'http://127.evil/', 'https://[/'])
    assert.match(problemOf(withUrl(url)), /TICKWIRE_JWT_JWKS_URL/, url);
});

test('a public key may be RSA, EC or Ed25519, in the environment or a file, with its own algorithms only', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-key-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const pairs = [
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['EdDSA', generateKeyPairSync('ed25519')],
  ] as const;
  for (const [alg, { publicKey, privateKey }] of pairs) {
    const path = join(folder, alg);
    writeFileSync(path, pemOf(publicKey));
    for (const key of [pemOf(publicKey), pemOf(publicKey).replaceAll('\n', '\\n'), path]) {
      const authenticator = chosen({ TICKWIRE_AUTH: 'jwt', TICKWIRE_JWT_PUBLIC_KEY: key });
      assert.equal((await authenticator.verify(await signed({}, alg, privateKey))).ok, true, alg);
      assert.equal((await authenticator.verify(await tokenWith())).ok, false);
      for (const [other, pair] of pairs)
        if (other !== alg)
          assert.equal((await authenticator.verify(await signed({}, other, pair.privateKey))).ok, false);
    }
  }
});

test('a public key that is none, private, weak or can not be read is told with what is wrong', () => {
  const weak = pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey);
  const { privateKey } = generateKeyPairSync('ed25519');
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const agreement = pemOf(generateKeyPairSync('x25519').publicKey);
  for (const [key, expected] of [
    ['-----BEGIN PUBLIC KEY-----', /no public key in PEM/],
    [privatePem, /private key/],
    [weak, /1024 bits/],
    [agreement, /neither RSA, EC/],
    ['/does/not/exist', /can be read \(ENOENT\)/],
  ] as const) {
    const problem = problemOf({ TICKWIRE_AUTH: 'jwt', TICKWIRE_JWT_PUBLIC_KEY: key });
    assert.match(problem, /TICKWIRE_JWT_PUBLIC_KEY/);
    assert.match(problem, expected);
    assert.ok(!problem.includes(key), 'what may be a secret is not shown');
  }
});
