import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { runTickwire } from '#command/program-fixture.ts';
import { type Finding, fail, ok } from '#runtime/finding.ts';
import { freePorts } from '#test/harness/redis/free-ports.ts';
import { urlFor } from '#test/harness/redis/redis-users.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { createAuthority } from '#test/harness/redis/tls-files.ts';
import { doctorCommand } from './command.ts';
import { doctor } from './doctor.ts';
import { orWithoutRedis } from './examine.ts';

const rules = readFileSync(new URL('../../docs/redis-users.acl', import.meta.url), 'utf8');
const dayMs = 86_400_000;
const escapeCharacter = String.fromCharCode(27);

type Env = Readonly<Record<string, string>>;

/** Ports of its own, so that what runs on this machine is nobody's concern. */
async function ownPorts(): Promise<Env> {
  const [port, feed, operations] = await freePorts(3);
  return {
    TICKWIRE_PORT: String(port),
    TICKWIRE_FEED_PORT: String(feed),
    TICKWIRE_OPERATIONS_PORT: String(operations),
    TICKWIRE_SOCKETS: '100',
  };
}

/** Runs the command; what it wrote, and its exit code. */
async function run(args: readonly string[], env: Env, { isTTY = false, aheadMs = 0 } = {}) {
  let out = '';
  const stdout = { isTTY, write: (text: string) => (out += text) };
  const deps = { env, stdout, rules, now: () => Date.now() + aheadMs, fetch };
  const command = doctorCommand((request) => doctor(request, deps));
  const { code, stderr: err } = await runTickwire(['doctor', ...args], command);
  return { code, out, err };
}

async function findings(args: readonly string[], env: Env, aheadMs = 0): Promise<readonly Finding[]> {
  const { out } = await run([...args, '--json'], { ...(await ownPorts()), ...env }, { aheadMs });
  return (JSON.parse(out) as { findings: Finding[] }).findings;
}

async function wrongIn(args: readonly string[], env: Env, aheadMs = 0): Promise<readonly Finding[]> {
  return (await findings(args, env, aheadMs)).filter(({ verdict }) => verdict !== 'ok');
}

async function goodRedis(t: TestContext): Promise<string> {
  const config = [
    'maxmemory 100mb',
    'client-output-buffer-limit pubsub 256mb 64mb 60',
    'stream-node-max-bytes 1024',
  ];
  const redis = await startRedis({ config });
  t.after(() => redis.stop());
  return redis.url;
}

test('where all is well every line says ok and the exit code is 0', async (t) => {
  const env = { ...(await ownPorts()), TICKWIRE_REDIS_URL: await goodRedis(t) };
  const { code, out } = await run([], env);
  assert.equal(code, 0, out);
  assert.match(out, /^ {2}ok +node +v\d+/m);
  assert.match(out, /^ {2}ok +uWebSockets\.js +its binary works/m);
  assert.match(out, /^\d+ ok, 0 unseen, 0 warn, 0 fail\. Nothing fails\.$/m);
});

test('what fails has its fix below it in the same column, and the exit code is 1', async () => {
  const env = { ...(await ownPorts()), TICKWIRE_REDIS_URL: 'redis://127.0.0.1:1' };
  const { code, out } = await run(['hub'], env);
  assert.equal(code, 1);
  const lines = out.split('\n');
  const at = lines.findIndex((line) => line.startsWith('  fail    redis'));
  assert.ok(at > 0, out);
  assert.equal(
    lines[at + 1]?.indexOf('fix: set TICKWIRE_REDIS_URL'),
    lines[at]?.indexOf('connect ECONNREFUSED'),
  );
});

test('colours are for terminals that want them', async () => {
  const env = await ownPorts();
  assert.ok((await run(['start'], env, { isTTY: true })).out.includes(escapeCharacter));
  assert.ok(!(await run(['start'], env, { isTTY: false })).out.includes(escapeCharacter));
  assert.ok(
    !(await run(['start'], { ...env, NO_COLOR: '1' }, { isTTY: true })).out.includes(escapeCharacter),
  );
  assert.ok(!(await run(['start', '--json'], env, { isTTY: true })).out.includes(escapeCharacter));
});

test('a wrong command line is refused with 2', async () => {
  for (const args of [['redis'], ['hub', 'feed'], ['--colour']]) {
    const { code, err, out } = await run(args, {});
    assert.deepEqual([code, out], [2, ''], args.join(' '));
    assert.match(err, /tickwire doctor --help/);
  }
});

test('every problem of the configuration is told at once, each as its own finding, without secrets', async () => {
  const wrong = await wrongIn([], {
    TICKWIRE_PROT: '1',
    TICKWIRE_FLUSH_MS: '0',
    TICKWIRE_REDIS_URL: 'http://s3cret@host',
    TICKWIRE_HOST: '0.0.0.0',
    TICKWIRE_AUTH: 'jwt',
    TICKWIRE_VENUES: 'file,push',
    TICKWIRE_TLS_CERT: '/does/not/exist',
  });
  const text = wrong.map(({ says }) => says).join('\n');
  for (const problem of [
    /TICKWIRE_PROT is not a key .* did you mean TICKWIRE_PORT\?/,
    /TICKWIRE_FLUSH_MS is "0", but must be/,
    /TICKWIRE_REDIS_URL must be/,
    /TICKWIRE_FILE_PATH/,
    /TICKWIRE_PUSH_TOKEN/,
  ])
    assert.match(text, problem);
  assert.ok(wrong.every(({ topic, verdict }) => topic === 'configuration' && verdict === 'fail'));
  assert.doesNotMatch(text, /s3cret/);
});

test('keys that do not fit each other fail as they would at the start', async () => {
  const wrong = await wrongIn(['start'], {
    TICKWIRE_AUTH: 'jwt',
    TICKWIRE_TLS_CERT: '/does/not/exist',
    TICKWIRE_TRUSTED_PROXIES: '300.0.0.0/8',
  });
  const text = wrong.map(({ says }) => says).join('\n');
  assert.match(text, /TICKWIRE_JWT_SECRET/);
  assert.match(text, /TICKWIRE_TRUSTED_PROXIES/);
});

test('a port that is taken fails with the key that moves it, and one that is shared may be taken', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const [wrong, ...others] = await wrongIn(['start'], { TICKWIRE_PORT: String(port) });
  assert.deepEqual([wrong?.topic, wrong?.verdict, others.length], [`port ${port}`, 'fail', 0]);
  assert.match(wrong?.fix ?? '', /^set TICKWIRE_PORT /);
  assert.deepEqual(await wrongIn(['start'], { TICKWIRE_PORT: String(port), TICKWIRE_SHARE_PORT: '1' }), []);
});

test('more sockets than the process may open files fail with both ways out', async () => {
  const [wrong] = await wrongIn(['start'], { TICKWIRE_SOCKETS: '1000000' });
  assert.equal(wrong?.topic, 'open files');
  assert.match(wrong?.fix ?? '', /ulimit -n 1002000.*TICKWIRE_SOCKETS=\d+$/);
});

test('a drain that takes longer than the shutdown may fails with the time that it needs', async () => {
  const env = { TICKWIRE_DRAIN_MS: '60000', TICKWIRE_REDIS_URL: 'redis://127.0.0.1:1' };
  const wrong = (await wrongIn(['hub'], env)).find(({ topic }) => topic === 'drain');
  assert.equal(wrong?.verdict, 'fail');
  assert.match(wrong?.fix ?? '', /TICKWIRE_SHUTDOWN_MS above 62000/);
});

test('a certificate is warned of two weeks before its end, and fails after it', async (t) => {
  const authority = await createAuthority(t);
  const { cert, key } = await authority.issue('hub'); // good for two days
  const env = { TICKWIRE_TLS_CERT: cert, TICKWIRE_TLS_KEY: key };
  const [soon] = await wrongIn(['start'], env);
  assert.deepEqual([soon?.topic, soon?.verdict], ['certificate', 'warn']);
  const [over] = await wrongIn(['start'], env, 3 * dayMs);
  assert.equal(over?.verdict, 'fail');
  assert.match(over?.says ?? '', /TICKWIRE_TLS_CERT has expired/);
});

test("an issuer's keys that can not be read fail, and those that can are counted", async (t) => {
  let body = '{"keys":[{"kty":"OKP"}]}';
  const issuer = createHttpServer((_, response) => response.end(body)).listen(0, '127.0.0.1');
  await once(issuer, 'listening');
  t.after(() => issuer.close());
  const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/keys`;
  const env = { TICKWIRE_AUTH: 'jwt', TICKWIRE_JWT_JWKS_URL: url };
  assert.deepEqual(await wrongIn(['start'], env), []);
  body = '{"keys":[]}';
  assert.match((await wrongIn(['start'], env))[0]?.says ?? '', /has no key set/);
  const [nobody] = await freePorts(1);
  const away = await wrongIn(['start'], { ...env, TICKWIRE_JWT_JWKS_URL: `http://127.0.0.1:${nobody}/keys` });
  assert.match(away[0]?.says ?? '', /can not be read: .*ECONNREFUSED/);
});

test("each process is examined with its own user's rights", async (t) => {
  const url = await goodRedis(t);
  const topics = (found: readonly Finding[]) =>
    found.filter(({ verdict }) => verdict === 'fail').map(({ topic }) => topic);
  for (const [name, user, wrong] of [
    ['hub', 'hub', []],
    ['feed', 'feed', []],
    ['feed', 'hub', ['redis rights, feed']],
    ['hub', 'feed', ['redis rights, hub']],
  ] as const)
    assert.deepEqual(
      topics(await findings([name], { TICKWIRE_REDIS_URL: urlFor(user, url) })),
      wrong,
      `${name} as ${user}`,
    );
});

test('a key that changes nothing is a warning, and the rest is looked at', async () => {
  const wrong = await wrongIn(['start'], {
    TICKWIRE_REDIS_URL: 'redis://10.0.0.9:6379',
    TICKWIRE_JWT_SECRET: 'a secret that is long enough for it',
    TICKWIRE_COINBASE_PRODUCTS: 'BTC-USD',
    TICKWIRE_TEST_REDIS_SERVER: '/nowhere',
  });
  assert.deepEqual(
    wrong.map(({ verdict, says }) => [verdict, says.split(' ', 1)[0]]),
    [
      ['warn', 'TICKWIRE_REDIS_URL'],
      ['warn', 'TICKWIRE_TEST_REDIS_SERVER'],
      ['warn', 'TICKWIRE_JWT_SECRET'],
      ['warn', 'TICKWIRE_COINBASE_PRODUCTS'],
    ],
  );
});

test('what Kubernetes sets for a Service of our name is one failure with its cause', async () => {
  const wrong = await wrongIn(['start'], {
    TICKWIRE_PORT: 'tcp://10.0.0.1:80',
    TICKWIRE_SERVICE_HOST: '10.0.0.1',
  });
  assert.deepEqual([wrong.length, wrong[0]?.verdict], [1, 'fail']);
  assert.match(wrong[0]?.says ?? '', /enableServiceLinks: false/);
});

test('everything in one process needs no Redis and, unless ticks are pushed to it, one port less', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const env = { TICKWIRE_FEED_PORT: String((taken.address() as AddressInfo).port) };
  assert.deepEqual(await wrongIn(['start'], env), []);
  const push = { TICKWIRE_VENUES: 'push', TICKWIRE_PUSH_TOKEN: 'x'.repeat(16), TICKWIRE_PUSH_SYMBOLS: 'A' };
  const [wrong] = await wrongIn(['start'], { ...env, ...push });
  assert.equal(wrong?.verdict, 'fail');
  assert.match(wrong?.fix ?? '', /TICKWIRE_FEED_PORT/);
});

test('who names no process and no Redis is told of the way without one', async () => {
  const away = fail('redis', 'connect ECONNREFUSED', 'start it');
  assert.equal(orWithoutRedis(away).fix, 'start it; tickwire start needs none: tickwire doctor start');
  for (const finding of [ok('redis', '7.0'), fail('redis memory', 'full', 'more')])
    assert.equal(orWithoutRedis(finding), finding);
  const env = { TICKWIRE_REDIS_URL: 'redis://127.0.0.1:1' };
  const named = (await wrongIn([], env)).find(({ topic }) => topic === 'redis');
  assert.match(named?.fix ?? '', /^set TICKWIRE_REDIS_URL/);
  assert.doesNotMatch(named?.fix ?? '', /tickwire doctor start/);
});
