import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { CompactSign, SignJWT } from 'jose';
import { createLogger } from '#runtime/logger.ts';
import { tokenSecondsMax, userLengthMax } from './claims.ts';
import { jwtAuthenticator, secret, signed, testJwtLimits, tokenWith } from './fixtures.ts';
import { createJwtAuthenticator } from './jwt-authenticator.ts';
import { publicVerificationKey } from './verification-key.ts';

const nowMs = 1_731_000_000_000;
const atNow = (): number => nowMs;
const seconds = (offset: number): number => nowMs / 1000 + offset;
const authenticator = jwtAuthenticator({}, undefined, atNow);

/** `accepted`, or the code of the refusal. */
async function outcome(token: string, by = authenticator): Promise<string> {
  const verdict = await by.verify(token);
  return verdict.ok ? 'accepted' : verdict.code;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

test('a token that is signed and good tells who the user is, and until when', async () => {
  const verdict = await authenticator.verify(await tokenWith({ sub: 'bob', exp: seconds(60) }, nowMs));
  assert.ok(verdict.ok);
  assert.deepEqual([verdict.identity.user, verdict.identity.expiresAt], ['bob', nowMs + 60_000]);
});

test('a token with a wrong signature is refused', async () => {
  const [header, payload, signature = ''] = (await tokenWith({}, nowMs)).split('.');
  const forged = base64url({ sub: 'root', exp: seconds(60) });
  assert.equal(await outcome(`${header}.${forged}.${signature}`), 'invalid_token');
  assert.equal(await outcome(`${header}.${payload}.`), 'invalid_token');
  const other = new TextEncoder().encode(secret.toUpperCase());
  assert.equal(await outcome(await signed({}, 'HS256', other, nowMs)), 'invalid_token');
});

test('a token without a signature ("alg":"none") is refused', async () => {
  for (const alg of ['none', 'None', 'NONE', '']) {
    const token = `${base64url({ alg })}.${base64url({ sub: 'ann', exp: seconds(60) })}`;
    assert.equal(await outcome(`${token}.`), 'invalid_token', alg);
    assert.equal(await outcome(token), 'invalid_token', alg);
  }
});

test('a public key is not taken for a secret, nor a secret for a longer one', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const byKey = jwtAuthenticator({}, publicVerificationKey(pem), atNow);
  const der = publicKey.export({ type: 'spki', format: 'der' });
  for (const bytes of [Buffer.from(pem), Buffer.from(pem.trim()), der])
    assert.equal(await outcome(await signed({}, 'HS256', bytes, nowMs), byKey), 'invalid_token');
  assert.equal(await outcome(await signed({}, 'RS256', privateKey, nowMs), byKey), 'accepted');
  assert.equal(await outcome(await signed({}, 'RS256', privateKey, nowMs)), 'invalid_token');
  const bytes = new TextEncoder().encode(secret.repeat(2));
  assert.equal(await outcome(await signed({}, 'HS512', bytes, nowMs)), 'invalid_token');
});

test('a token that has expired is told apart from one that never was good', async () => {
  assert.equal(await outcome(await tokenWith({ exp: seconds(-1) }, nowMs)), 'token_expired');
  const tolerant = jwtAuthenticator({ clockToleranceSeconds: 5 }, undefined, atNow);
  assert.equal(await outcome(await tokenWith({ exp: seconds(-4) }, nowMs), tolerant), 'accepted');
  assert.equal(await outcome(await tokenWith({ nbf: seconds(4) }, nowMs), tolerant), 'accepted');
  assert.equal(await outcome(await tokenWith({ exp: seconds(-6) }, nowMs), tolerant), 'token_expired');
});

test('a token that is not good yet, but soon, is told to wait; one that is not for long is refused', async () => {
  for (const early of [1, 10, 300])
    assert.equal(await outcome(await tokenWith({ nbf: seconds(early) }, nowMs)), 'unavailable');
  for (const early of [301, 3600, 86_400])
    assert.equal(await outcome(await tokenWith({ nbf: seconds(early) }, nowMs)), 'invalid_token');
});

/** The claim that is named to be wrong; undefined when the token is not refused as `invalid_token`. */
async function refusedClaim(claims: Record<string, unknown>): Promise<string | undefined> {
  const verdict = await authenticator.verify(await tokenOf(JSON.stringify({ sub: 'ann', ...claims })));
  return !verdict.ok && verdict.code === 'invalid_token'
    ? /claim "(\w+)"/.exec(verdict.problem)?.[1]
    : undefined;
}

/** A token that is signed whatever its claims say. */
function tokenOf(claims: string): Promise<string> {
  const bytes = new TextEncoder().encode(claims);
  return new CompactSign(bytes).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));
}

test('a time that is no number of seconds up to the year 9999 is refused by the name of its claim', async () => {
  const wrong = [
    nowMs + 60_000,
    nowMs * 1000,
    Number.MAX_SAFE_INTEGER,
    8.64e12 + 1,
    1e300,
    -1,
    '1e9',
    null,
    {},
  ];
  for (const time of wrong) {
    assert.equal(await refusedClaim({ exp: time }), 'exp', `exp ${time}`);
    for (const claim of ['nbf', 'iat'])
      assert.equal(await refusedClaim({ exp: seconds(60), [claim]: time }), claim, `${claim} ${time}`);
  }
  const verdict = await authenticator.verify(await tokenOf('{"sub":"ann","exp":1e400}'));
  assert.match(
    verdict.ok ? '' : verdict.problem,
    /"exp" is no number of seconds/,
    'no token is good for ever',
  );
  assert.match(verdict.ok ? '' : verdict.problem, /milliseconds have to be divided by 1000/);
});

test('the last second of the year 9999 can be told to clients', async () => {
  const verdict = await authenticator.verify(await tokenOf(`{"sub":"ann","exp":${tokenSecondsMax}}`));
  assert.ok(verdict.ok);
  assert.equal(new Date(verdict.identity.expiresAt).toISOString(), '9999-12-31T23:59:59.000Z');
});

test('whatever the claims of a signed token are, it is accepted with what can be kept, or refused', async () => {
  const value = fc.oneof(
    fc.anything({ withBigInt: false, withNullPrototype: true }),
    fc.constantFrom(seconds(60), seconds(-60), nowMs, 'ann', {}, [], null, 0, -0, 1e308, 5e-324),
    fc.string({ maxLength: 400 }),
    fc.record({ frequency_min: fc.anything(), delayed_minutes: fc.anything(), sockets: fc.anything() }),
  );
  const names = fc.constantFrom(
    'sub',
    'exp',
    'nbf',
    'iat',
    'iss',
    'aud',
    'jti',
    'tickwire',
    '__proto__',
    'toString',
  );
  const raw = fc.constantFrom('1e400', '-1e400', '1e-400', '9007199254740993', '[[[[[[]]]]]]', '"\\ud800"');
  const fields = fc.array(
    fc.tuple(
      names,
      fc.oneof(
        value.map((any) => JSON.stringify(any) ?? 'null'),
        raw,
      ),
    ),
    {
      maxLength: 10,
    },
  );
  await fc.assert(
    fc.asyncProperty(fields, async (list) => {
      const text = `{"sub":"ann","exp":${seconds(60)}${list.map(([name, json]) => `,"${name}":${json}`).join('')}}`;
      const verdict = await authenticator.verify(await tokenOf(text));
      if (!verdict.ok) return assert.match(verdict.code, /^(invalid_token|token_expired|unavailable)$/);
      const { user, expiresAt, entitlements } = verdict.identity;
      assert.ok(user !== undefined && user.length > 0 && user.length <= userLengthMax);
      assert.ok(expiresAt > nowMs && new Date(expiresAt).toISOString().length === 24, 'its end can be told');
      assert.ok(entitlements.frequencyMinMs >= 0 && entitlements.frequencyMinMs <= 60_000);
      assert.ok(entitlements.socketsMax >= 0);
    }),
    { numRuns: 2000 },
  );
});

test('issuer and audience are those that are configured', async () => {
  const strict = jwtAuthenticator({ issuer: 'https://issuer', audience: 'prices' }, undefined, atNow);
  const good = { iss: 'https://issuer', aud: ['prices', 'orders'] };
  assert.equal(await outcome(await tokenWith(good, nowMs), strict), 'accepted');
  for (const claims of [{ ...good, aud: 'orders' }, { ...good, iss: 'https://other' }, { aud: 'prices' }, {}])
    assert.equal(await outcome(await tokenWith(claims, nowMs), strict), 'invalid_token');
});

test('a token needs a user and an end', async () => {
  for (const claims of [{ sub: '' }, { sub: 'x'.repeat(257) }])
    assert.equal(await outcome(await tokenWith(claims, nowMs)), 'invalid_token', JSON.stringify(claims));
  const key = new TextEncoder().encode(secret);
  for (const claims of [{ sub: 'ann' }, { exp: seconds(60) }])
    assert.equal(
      await outcome(await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(key)),
      'invalid_token',
    );
});

test('a token above the limit is refused before it is looked at', async () => {
  const long = await tokenWith({ note: 'x'.repeat(7000) }, nowMs);
  assert.ok(long.length > testJwtLimits.tokenLengthMax);
  assert.equal(await outcome(long), 'invalid_token');
  assert.equal(await outcome('x'.repeat(1_000_000)), 'invalid_token');
});

test('rubbish is refused, and nothing of it is told', async () => {
  for (const token of [
    '',
    '.',
    '..',
    'a.b.c',
    '....',
    '\u0000.\u0000.\u0000',
    'é.é.é',
    '{"alg":"HS256"}',
    'null',
  ]) {
    const verdict = await authenticator.verify(token);
    assert.ok(!verdict.ok && verdict.code === 'invalid_token', token);
  }
  const tokens = [
    await tokenWith({ iss: 's3cret' }, nowMs),
    await tokenWith({ sub: 's3cret', exp: 1 }, nowMs),
  ];
  const strict = jwtAuthenticator({ issuer: 'someone' }, undefined, atNow);
  for (const token of tokens) assert.doesNotMatch(JSON.stringify(await strict.verify(token)), /s3cret/);
});

test('an error that nobody thought of lets nobody in, and is logged without the token', async () => {
  const lines: string[] = [];
  const log = createLogger('test', 'debug', { write: (line: string) => void lines.push(line) });
  const key = async (): Promise<never> => {
    throw new TypeError(`no good: ${secret}`);
  };
  const broken = createJwtAuthenticator(
    { verificationKey: { key, algorithms: ['HS256'] }, now: atNow, log },
    testJwtLimits,
  );
  const token = await tokenWith({}, nowMs);
  assert.equal(await outcome(token, broken), 'unavailable');
  assert.match(lines.join(), /token could not be checked/);
  assert.doesNotMatch(lines.join(), new RegExp(`${secret}|${token}`));
});

test('rights that can not be kept make a token bad', async () => {
  const tickwire = { symbols: ['AAPL'], delayed_minutes: 90 };
  const verdict = await authenticator.verify(await tokenWith({ tickwire }, nowMs));
  assert.ok(!verdict.ok);
  assert.match(verdict.problem, /delayed_minutes/);
});
