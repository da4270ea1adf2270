import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createLogger } from '#runtime/logger.ts';
import { jwtAuthenticator, signed } from './fixtures.ts';
import { createKeySet } from './key-set.ts';
import { signatureAlgorithms } from './verification-key.ts';

const limits = {
  ...{ fetchTimeoutMs: 1000, answerBytesMax: 100_000 },
  ...{ refreshAfterMs: 600_000, unknownKeyMs: 30_000, unknownKeyReadsMax: 3, retryAfterMs: 5000 },
};

interface Key {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: JsonWebKey & { readonly kid?: string };
}

function createKey(kid: string): Key {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid } };
}

function without({ kid: _, ...jwk }: Key['jwk']): Key['jwk'] {
  return jwk;
}

/** An issuer whose keys a test changes, with a clock that it moves. */
function createScene(...keys: Key[]) {
  const scene = {
    ...{
      keys,
      now: 1_731_000_000_000,
      requests: 0,
      answer: (): Response | Promise<Response> => Response.json(keySet()),
    },
    judged: async (token: string): Promise<string> => {
      const verdict = await authenticator.verify(token);
      return verdict.ok ? 'accepted' : verdict.code;
    },
    signed: ({ kid, privateKey }: Key): Promise<string> =>
      signed({}, 'ES256', privateKey, scene.now, { kid }),
    outcome: async (key: Key): Promise<string> => scene.judged(await scene.signed(key)),
    outcomeUnnamed: async ({ privateKey }: Key): Promise<string> =>
      scene.judged(await signed({}, 'ES256', privateKey, scene.now)),
    settled: (): Promise<void> => new Promise((resolve) => setImmediate(resolve)),
  };
  const keySet = (): object => ({ keys: scene.keys.map(({ jwk }) => jwk) });
  const fetch = async (): Promise<Response> => {
    scene.requests++;
    return scene.answer();
  };
  const now = (): number => scene.now;
  const log = createLogger('test', 'silent');
  const key = createKeySet(new URL('https://issuer/keys'), { fetch, now, log }, limits);
  const authenticator = jwtAuthenticator({}, { key, algorithms: signatureAlgorithms }, now);
  return scene;
}

const [one, two] = [createKey('one'), createKey('two')];

test('tokens are checked with the key that they name, and the set is read once', async () => {
  const scene = createScene(one, two);
  const outcomes = await Promise.all([one, two, one, two].map(scene.outcome));
  assert.deepEqual(outcomes, ['accepted', 'accepted', 'accepted', 'accepted']);
  assert.equal(scene.requests, 1);
});

test('a key that is new in the set is found', async () => {
  const scene = createScene(one);
  assert.equal(await scene.outcome(one), 'accepted');
  scene.keys.push(two);
  assert.equal(await scene.outcome(two), 'accepted');
});

test('a key that is not in the set lets nobody in', async () => {
  const scene = createScene(one);
  assert.equal(await scene.outcome(two), 'invalid_token');
  assert.equal(await scene.outcome({ ...two, kid: 'one' }), 'invalid_token');
});

test('a token with a new key waits until the set may be read again, and is never refused for what was read before', async () => {
  const scene = createScene(one);
  assert.equal(await scene.outcome(one), 'accepted');
  for (let i = 0; i < limits.unknownKeyReadsMax; i++)
    assert.equal(await scene.outcome({ ...two, kid: `made up ${i}` }), 'invalid_token');
  scene.keys.push(two);
  assert.equal(await scene.outcome(two), 'unavailable');
  scene.now += limits.unknownKeyMs;
  assert.equal(await scene.outcome(two), 'accepted');
});

test('key names that strangers make up cost the issuer no more than one request in its time, and hold up a new key no longer', async () => {
  const scene = createScene(one);
  assert.equal(await scene.outcome(one), 'accepted');
  const before = scene.requests;
  for (let i = 0; i < 200; i++) {
    await scene.outcome({ ...two, kid: `made up ${i}` });
    scene.now += 1000;
  }
  const granted = limits.unknownKeyReadsMax + Math.floor((200 * 1000) / limits.unknownKeyMs);
  assert.equal(scene.requests - before, granted);
  scene.keys.push(two);
  const rotatedAt = scene.now;
  for (let i = 0; (await scene.outcome(two)) !== 'accepted'; i++) {
    assert.ok(scene.now - rotatedAt <= limits.unknownKeyMs);
    await scene.outcome({ ...two, kid: `stranger ${i}` });
    scene.now += 1000;
  }
});

test('who comes while a read is under way that began before is not refused for what that brings', async () => {
  const scene = createScene(one);
  assert.equal(await scene.outcome(one), 'accepted');
  const [tokenOfTwo, tokenOfThree] = await Promise.all([scene.signed(two), scene.signed(createKey('three'))]);
  let answer: (response: Response) => void = () => assert.fail('nobody asked');
  scene.answer = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  const first = scene.judged(tokenOfTwo);
  await scene.settled();
  assert.equal(scene.requests, 2);
  const second = scene.judged(tokenOfThree);
  await scene.settled();
  answer(Response.json({ keys: [one.jwk] }));
  assert.deepEqual([await first, await second], ['invalid_token', 'unavailable']);
});

test('a key of the set that can not be used is the fault of the issuer, not of the token', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const rsa = publicKey.export({ format: 'jwk' });
  const unusable: readonly object[] = [
    { kty: 'EC', crv: 'P-256' },
    { kty: 'EC', crv: 'P-256', x: 'AAAA', y: '!' },
    { kty: 'EC', crv: 'secp256k1', x: 'AAAA', y: 'AAAA' },
    { ...one.jwk, x: 7 },
    { ...one.jwk, use: 'enc' },
    { ...one.jwk, key_ops: ['sign'] },
    { ...one.jwk, alg: 'RS257' },
    { ...one.jwk, ext: 'yes' },
    { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' },
    { kty: 7 },
    {},
  ];
  for (const jwk of unusable) {
    const scene = createScene({ ...one, jwk: { ...jwk, kid: 'one' } }, two);
    assert.equal(await scene.outcome(one), 'unavailable', JSON.stringify(jwk));
    assert.equal(await scene.outcome(two), 'accepted', 'the other keys go on');
  }
  const scene = createScene({ ...one, jwk: { ...rsa, kid: 'one' } });
  assert.equal(
    await scene.outcome(one),
    'invalid_token',
    'the token names an algorithm that is not of its key',
  );
  assert.equal(scene.requests, 1);
});

test('tokens without key names are checked with each key of the set, as many as may be', async () => {
  const scene = createScene({ ...one, jwk: without(one.jwk) }, { ...two, jwk: without(two.jwk) });
  const outcomes = await Promise.all([one, two, createKey('three')].map(scene.outcomeUnnamed));
  assert.deepEqual(outcomes, ['accepted', 'accepted', 'invalid_token']);
});

test('while the set can not be read nobody new comes in, and it is asked for once in a while only', async () => {
  const scene = createScene(one);
  scene.answer = () => new Response('', { status: 500 });
  for (let i = 0; i < 20; i++) assert.equal(await scene.outcome(one), 'unavailable');
  assert.equal(scene.requests, 1);
  scene.answer = () => new Response('no JSON');
  scene.now += limits.retryAfterMs;
  for (let i = 0; i < 20; i++) assert.equal(await scene.outcome(one), 'unavailable');
  assert.equal(scene.requests, 2);
  scene.answer = () => Response.json({ keys: [one.jwk] });
  scene.now += limits.retryAfterMs;
  assert.equal(await scene.outcome(one), 'accepted');
});

test('known keys go on while the set can not be read again, and tokens with unknown ones cause few requests', async () => {
  const scene = createScene(one);
  assert.equal(await scene.outcome(one), 'accepted');
  scene.answer = () => {
    throw new TypeError('fetch failed');
  };
  scene.now += limits.refreshAfterMs + 1;
  for (let i = 0; i < 20; i++) assert.equal(await scene.outcome(one), 'accepted');
  for (let i = 0; i < 20; i++) assert.notEqual(await scene.outcome(two), 'accepted');
  assert.equal(scene.requests, 2);
});

test('a key that was taken out of the set is good for no longer than its age limit', async () => {
  const scene = createScene(one, two);
  assert.equal(await scene.outcome(one), 'accepted');
  scene.keys.shift();
  scene.now += limits.refreshAfterMs + 1;
  await scene.outcome(two);
  await scene.settled();
  assert.equal(await scene.outcome(one), 'invalid_token');
});

test('a set whose answer names an algorithm with a secret opens nothing', async () => {
  const bytes = new TextEncoder().encode('x'.repeat(64));
  const k = Buffer.from(bytes).toString('base64url');
  const scene = createScene(one);
  scene.answer = () => Response.json({ keys: [{ kty: 'oct', kid: 'one', k, alg: 'HS256' }] });
  const key = createKeySet(
    new URL('https://issuer/keys'),
    { fetch: async () => scene.answer(), now: () => scene.now, log: createLogger('test', 'silent') },
    limits,
  );
  const authenticator = jwtAuthenticator({}, { key, algorithms: signatureAlgorithms }, () => scene.now);
  const verdict = await authenticator.verify(await signed({}, 'HS256', bytes, scene.now, { kid: 'one' }));
  assert.equal(verdict.ok, false);
});

/** Servers that answer with less, or more, than a key set. */
const hostileIssuers: readonly (readonly [string, RequestListener])[] = [
  ['never answers', () => undefined],
  ['never ends its answer', (_request, response) => void response.writeHead(200).write('{"keys":[')],
  [
    'answers without end',
    (_request, response) => {
      const more = (): void => {
        while (response.write(' '.repeat(65_536)));
        response.once('drain', more);
      };
      more();
    },
  ],
  [
    'sends elsewhere',
    (request, response) => void response.writeHead(302, { Location: `${request.url}/other` }).end(),
  ],
];

for (const [what, listener] of hostileIssuers)
  test(`an issuer that ${what} lets nobody in, and holds up nobody for longer than the time-out`, async (t) => {
    const server = createServer(listener).listen(0, '127.0.0.1');
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const log = createLogger('test', 'silent');
    const deps = { fetch, now: Date.now, log };
    const short = { ...limits, fetchTimeoutMs: 300 };
    const key = createKeySet(new URL(`http://127.0.0.1:${port}/keys`), deps, short);
    const authenticator = jwtAuthenticator({}, { key, algorithms: signatureAlgorithms });
    const token = await signed({}, 'ES256', one.privateKey, Date.now(), { kid: one.kid });
    const began = performance.now();
    const verdict = await authenticator.verify(token);
    assert.deepEqual([verdict.ok, !verdict.ok && verdict.code], [false, 'unavailable']);
    assert.ok(performance.now() - began < 5000, 'though a busy machine takes its time');
  });
