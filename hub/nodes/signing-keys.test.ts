import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hubKeys } from '#hub/config.ts';
import { ConfigError, readConfig } from '#runtime/config/config.ts';
import { signingKeysOf } from './signing-keys.ts';

const keysOf = (env: Readonly<Record<string, string>>): readonly string[] =>
  signingKeysOf(readConfig(hubKeys, env));
const [first, second] = ['the-first-key-of-the-hubs-1234567890', 'the-second-key-of-the-hubs-123456789'];

test('a hub that checks tokens by public keys has a key of the hubs, or does not start', () => {
  const env = { TICKWIRE_AUTH: 'jwt', TICKWIRE_JWT_JWKS_URL: 'https://issuer.example.com/keys' };
  assert.throws(() => keysOf(env), {
    name: 'ConfigError',
    message: /TICKWIRE_HUB_SECRET is not set.*openssl/s,
  });
  assert.deepEqual(keysOf({ ...env, TICKWIRE_HUB_SECRET: first }), [first]);
});

test('of the secret of tokens hubs make a key with which no token can be signed', () => {
  const env = { TICKWIRE_AUTH: 'jwt', TICKWIRE_JWT_SECRET: 'kept-by-the-issuer-and-the-hubs-alone' };
  const [key = ''] = keysOf(env);
  assert.deepEqual(keysOf(env), [key], 'every hub makes the same');
  assert.equal(key.length, 43);
  assert.ok(!key.includes(env.TICKWIRE_JWT_SECRET));
  assert.notDeepEqual(keysOf({ ...env, TICKWIRE_JWT_SECRET: `${env.TICKWIRE_JWT_SECRET}.` }), [key]);
  assert.deepEqual(keysOf({ ...env, TICKWIRE_HUB_SECRET: first }), [first]);
});

test('two keys are taken while one is changed for the other, and a former one alone is a mistake', () => {
  const both = { TICKWIRE_HUB_SECRET: first, TICKWIRE_HUB_SECRET_PREVIOUS: second };
  assert.deepEqual(keysOf(both), [first, second]);
  assert.throws(() => keysOf({ TICKWIRE_HUB_SECRET_PREVIOUS: second }), ConfigError);
});

test('a hub that asks for no token needs none', () => {
  assert.deepEqual(keysOf({}), []);
});

test('a short key is refused, and not shown', () => {
  assert.throws(
    () => keysOf({ TICKWIRE_HUB_SECRET: 'hunter2' }),
    (error: Error) => {
      assert.match(error.message, /TICKWIRE_HUB_SECRET/);
      return !error.message.includes('hunter2');
    },
  );
});
