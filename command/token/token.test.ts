import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runTickwire } from '#command/program-fixture.ts';
import { chooseAuthenticator } from '#hub/auth/choose-authenticator.ts';
import { hubKeys } from '#hub/config.ts';
import { readConfig } from '#runtime/config/config.ts';
import { createLogger } from '#runtime/logger.ts';
import { tokenCommand } from './command.ts';
import { token } from './token.ts';

const secret = 'a secret for tests, 32 characters and more';
const nowMs = Date.parse('2026-01-02T03:04:05Z');

/** Runs the command; what it wrote, and its exit code. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const written = { stdout: '', stderr: '' };
  const to = (name: 'stdout' | 'stderr') => ({ write: (text: string) => (written[name] += text) });
  const deps = { env, stdout: to('stdout'), stderr: to('stderr'), now: () => nowMs };
  const command = tokenCommand((request) => token(request, deps));
  const { code, stdout, stderr } = await runTickwire(['token', ...args], command);
  return { code, stdout: stdout + written.stdout, stderr: stderr + written.stderr };
}

/** What a hub with these keys makes of a token, some time later. */
function verdictOf(jwt: string, keys: Readonly<Record<string, string>>, laterMs = 0) {
  const config = readConfig(hubKeys, { TICKWIRE_AUTH: 'jwt', ...keys });
  const log = createLogger('test', 'silent');
  return chooseAuthenticator(config, { fetch, now: () => nowMs + laterMs, log }).verify(jwt.trim());
}

test('the hub accepts the token and finds in it what was asked for', async () => {
  const asked = '--user ann --symbols AAPL,US.* --frequency 1000 --delayed 12 --sockets 3 --expires 10m';
  const { code, stdout } = await run(asked.split(' '), { TICKWIRE_JWT_SECRET: secret });
  assert.equal(code, 0);
  const verdict = await verdictOf(stdout, { TICKWIRE_JWT_SECRET: secret });
  assert.ok(verdict.ok, JSON.stringify(verdict));
  const { user, expiresAt, entitlements } = verdict.identity;
  assert.deepEqual([user, expiresAt], ['ann', nowMs + 600_000]);
  assert.deepEqual(
    ['AAPL', 'US.X', 'TSLA'].map((symbol) => entitlements.allows(symbol)),
    [true, true, false],
  );
  assert.deepEqual(
    [entitlements.frequencyMinMs, entitlements.delayedMinutes, entitlements.socketsMax],
    [1000, 15, 3],
  );
  const later = await verdictOf(stdout, { TICKWIRE_JWT_SECRET: secret }, 700_000);
  assert.ok(!later.ok && later.code === 'token_expired');
});

test('without options it is unrestricted for an hour, and fits the issuer and audience of the environment', async () => {
  const keys = {
    TICKWIRE_JWT_SECRET: secret,
    TICKWIRE_JWT_ISSUER: 'https://login.example.com',
    TICKWIRE_JWT_AUDIENCE: 'desk',
  };
  const { stdout, stderr } = await run([], keys);
  const verdict = await verdictOf(stdout, keys);
  assert.ok(verdict.ok && verdict.identity.entitlements.allows('ANY'));
  assert.equal(verdict.identity.expiresAt, nowMs + 3_600_000);
  assert.match(stderr, /^For development only: .*"developer" until 2026-01-02T04:04:05.000Z.*everything/);
});

for (const [name, pair] of [
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['EC', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['Ed25519', generateKeyPairSync('ed25519')],
] as const)
  test(`a private ${name} key signs what a hub with its public key accepts`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'tickwire-token-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'issuer.key');
    writeFileSync(path, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const { stdout, stderr } = await run(['--key', path], { TICKWIRE_JWT_SECRET: secret });
    const publicKey = String(pair.publicKey.export({ type: 'spki', format: 'pem' }));
    const verdict = await verdictOf(stdout, { TICKWIRE_JWT_PUBLIC_KEY: publicKey });
    assert.ok(verdict.ok, `${JSON.stringify(verdict)} ${stderr}`);
  });

for (const [args, code, problem] of [
  [[], 1, /export TICKWIRE_JWT_SECRET=/],
  [['--secret', 'short-s3cret'], 1, /12 characters/],
  [['--key', '/does/not/exist'], 1, /ENOENT/],
  [['--secret', secret, '--key', 'x'], 2, /--secret <text>' cannot be used with option '--key <file>'/],
  [['--secret', secret, '--delayed', '90'], 2, /delayed_minutes/],
  [['--secret', secret, '--frequency', '-1'], 2, /frequency/],
  [['--secret', secret, '--sockets', 'many'], 2, /sockets/],
  [['--secret', secret, '--expires', '31d'], 2, /30d/],
  [['--secret', secret, '--expires', '0s'], 2, /30m/],
  [['--secret', secret, '--user', ''], 2, /--user/],
  [['--colour'], 2, /--colour/],
] as const)
  test(`"${args.join(' ').replace(secret, '…')}" makes no token and says why`, async () => {
    const result = await run(args);
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr, problem);
    assert.equal(result.stdout, '');
    assert.doesNotMatch(result.stderr, /s3cret|32 characters and more/, 'no secret is shown');
  });
