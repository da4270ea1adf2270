import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testJwtLimits } from '#hub/auth/fixtures.ts';
import { createJwtAuthenticator } from '#hub/auth/jwt-authenticator.ts';
import { secretVerificationKey } from '#hub/auth/verification-key.ts';
import { codecs } from '#protocol/codec.ts';
import { readCommandLine } from '#runtime/command-line/read.ts';
import { createLogger } from '#runtime/logger.ts';
import { readMetrics } from '#test/harness/metrics-page.ts';
import { createSeededRandom } from '#test/harness/seeded-random.ts';
import { commandLine, fuzzArguments } from './arguments.ts';
import { createAttack } from './attacks.ts';
import { campaign } from './campaign.ts';
import { hostileMessage } from './hostile-message.ts';
import { type HostileValue, hostileJson, hostileMsgpack } from './hostile-value.ts';
import { readAnswer } from './hub-answer.ts';
import { minimise } from './minimise.ts';
import { findingText, summaryOf } from './report.ts';
import { openTarget } from './target.ts';
import { attackTokens, tokenSettings } from './tokens.ts';

const seed = 20_240_914;
/** Longer than the busiest machine needs: the number of messages ends a run. */
const patienceS = 600;

test('fifteen thousand hostile messages, frames and requests leave the hub right and its clients undisturbed', async (t) => {
  const target = await openTarget(t, createSeededRandom(seed));
  const limits = { seed, first: 0, messages: 15_000, seconds: patienceS, burstAttacks: 300 };
  const result = await campaign(target, limits, () => undefined);
  t.diagnostic(summaryOf(result, seed, target.rssBytes));
  const { finding, sent } = result;
  assert.equal(finding && findingText(finding.problem, finding.attacks.slice(0, 3), seed), undefined);
  assert.ok(sent.messages > 2000 && sent.frames > 50 && sent.http > 10, JSON.stringify(sent));
});

test('ten thousand of them, with good and bad tokens among the messages, disturb nobody at a hub that wants tokens', async (t) => {
  const target = await openTarget(t, createSeededRandom(seed), 'jwt');
  const limits = { seed, first: 0, messages: 10_000, seconds: patienceS, burstAttacks: 300 };
  const result = await campaign(target, limits, () => undefined);
  t.diagnostic(summaryOf(result, seed, target.rssBytes));
  const { finding, sent } = result;
  assert.equal(finding && findingText(finding.problem, finding.attacks.slice(0, 3), seed), undefined);
  assert.ok(sent.messages > 500, JSON.stringify(sent));
  const page = await readMetrics(target.hub);
  for (const outcome of ['accepted', 'refreshed', 'invalid_token', 'token_expired', 'user_sockets'])
    assert.ok(page.value('tickwire_hub_authentications_total', { outcome }) > 0, outcome);
});

test('of the tokens that attackers show the good ones are accepted, and the bad ones refused', async () => {
  const { good, bad } = attackTokens();
  const { verify } = createJwtAuthenticator(
    {
      ...{ verificationKey: secretVerificationKey(tokenSettings.JWT_SECRET), now: Date.now },
      log: createLogger('test', 'silent'),
    },
    { ...testJwtLimits, issuer: tokenSettings.JWT_ISSUER },
  );
  for (const token of good) assert.equal((await verify(token)).ok, true, token);
  for (const token of bad) assert.equal((await verify(token)).ok, false, token);
});

test('an attack is the same for the same seed and number, and another for any other', () => {
  const attack = (from: number, number: number) => createAttack(from, number, ['S0', 'S1']);
  assert.deepEqual(attack(1, 7), attack(1, 7));
  assert.notDeepEqual(attack(1, 7), attack(1, 8));
  assert.notDeepEqual(attack(1, 7), attack(2, 7));
  const kinds = Array.from({ length: 300 }, (_, number) => attack(1, number).kind);
  assert.deepEqual([...new Set(kinds)].sort(), ['frames', 'http', 'messages']);
});

test('a value that nothing is wrong with is the same in both formats', () => {
  const long = 'é'.repeat(40);
  const value: HostileValue = {
    pairs: [
      ['list', [null, true, -1.5, 127, 128, long, ...Array.from({ length: 20 }, () => 'a')]],
      ['map', { pairs: [] }],
    ],
  };
  const plain = {
    list: [null, true, -1.5, 127, 128, long, ...Array.from({ length: 20 }, () => 'a')],
    map: {},
  };
  assert.deepEqual(codecs.json.decode(Buffer.from(hostileJson(value))), { ok: true, value: plain });
  const bytes = Uint8Array.from(hostileMsgpack(value));
  assert.deepEqual(codecs.msgpack.decode(bytes), { ok: true, value: plain });
});

test('of the messages some are right, some are read and refused, some can not be read', () => {
  const random = createSeededRandom(1);
  const read = { json: 0, msgpack: 0 };
  for (let i = 0; i < 1000; i++) {
    const message = hostileMessage(random, ['S0']);
    if (codecs.json.decode(Buffer.from(hostileJson(message))).ok) read.json++;
    if (codecs.msgpack.decode(Uint8Array.from(hostileMsgpack(message))).ok) read.msgpack++;
  }
  for (const count of Object.values(read)) assert.ok(count > 500 && count < 1000, JSON.stringify(read));
});

test('an answer of the hub that a strict reader would refuse is a finding', () => {
  const readJson = (text: string) => readAnswer('json', Buffer.from(text), false);
  assert.equal(readJson('{"type":"pong"}').type, 'pong');
  assert.throws(() => readJson('{"type":"pong","id":"\\ud83d"}'), /half a character/);
  assert.throws(() => readJson('{"type":"gossip"}'), /none of the contract/);
  assert.throws(() => readAnswer('json', Buffer.from([0x22, 0xff, 0x22]), false), /encoded data/);
  assert.throws(() => readAnswer('msgpack', Buffer.from('{"type":"pong"}'), false), /text in msgpack/);
  assert.throws(() => readAnswer('msgpack', Buffer.of(0x81, 0xa1, 0xff, 0xc0), true));
});

test('what is left of a finding is enough for it, and nothing of it can be left out', async () => {
  const items = Array.from({ length: 100 }, (_, i) => i);
  for (const needed of [[42], [3, 97], [0, 50, 99], [10, 11, 12, 13]]) {
    const fails = async (some: readonly number[]) => needed.every((item) => some.includes(item));
    assert.deepEqual(await minimise(items, fails, 1000), needed);
  }
  let tries = 0;
  const left = await minimise(items, async () => ++tries > 0, 3);
  assert.ok(tries === 3 && left.length < items.length, 'it ends at its bound');
});

test('a finding is told with its seed and every byte', () => {
  const bytes = Buffer.from('{"type":1}');
  const attack = {
    kind: 'messages',
    format: 'json',
    reads: true,
    authenticates: false,
    parts: [{ bytes, binary: false }],
  } as const;
  const text = findingText('the hub ended', [attack], 7);
  assert.match(text, /seed 7: the hub ended/);
  assert.ok(text.includes(bytes.toString('hex')));
});

test('without a number of messages a run is short, and an argument that is none is named', () => {
  const read = (...args: readonly string[]) => fuzzArguments(readCommandLine(commandLine, args), 5);
  assert.deepEqual(read(), {
    ...{ seed: 5, messages: Number.POSITIVE_INFINITY, seconds: 20, auth: 'none' },
  });
  assert.equal(read('--messages', '1000000').messages, 1_000_000);
  assert.deepEqual(read('--seconds', '60', '--seed', '9').seed, 9);
  assert.equal(read('--auth', 'jwt').auth, 'jwt');
  assert.throws(() => read('--auth', 'basic'), /--auth is basic, but must be one of none, jwt/);
  assert.throws(() => read('--seed', 'x'), /--seed is x, but must be a whole number/);
  assert.throws(() => read('--nonsense'), /nonsense/);
});
