import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpenAuthenticator, type Identity } from '#hub/auth/authenticator.ts';
import { unrestricted } from '#hub/auth/entitlements.ts';
import { createSmallHub, FakeSocket } from '#hub/fixtures.ts';
import { drainSessions } from '#hub/liveness/drain.ts';
import { Replays } from '#hub/recovery/replays.ts';
import { SlowConsumers } from '#hub/recovery/slow-consumers.ts';
import { createTimeShare } from '#hub/recovery/time-share.ts';
import { Requests } from '#hub/requests/requests.ts';
import { createTokenExpiry } from '#hub/requests/token-expiry.ts';
import { PlainClient, startHub } from '#hub/socket-fixtures.ts';
import { closeCodes } from '#protocol/close-codes.ts';
import { codecs } from '#protocol/codec.ts';
import { anyHost } from '#runtime/http/known-hosts.ts';
import { createLogger } from '#runtime/logger.ts';
import { Session } from './session.ts';
import { createSessionBarrier } from './session-barrier.ts';

const ann: Identity = {
  ...{ user: 'ann', expiresAt: Number.POSITIVE_INFINITY, claim: undefined, entitlements: unrestricted },
};

/** A barrier with a clock that a test moves, over a hub with one socket to which nothing can be sent, and a good one. */
function createScene() {
  const hub = createSmallHub();
  const lines: string[] = [];
  const log = createLogger('test', 'debug', { write: (line: string) => void lines.push(line) });
  const barrier = createSessionBarrier(
    { counts: hub.counts, log, now: () => hub.now },
    { failureLogMs: 1000 },
  );
  const broken = new FakeSocket(codecs.json);
  broken.send = () => assert.fail('a bug');
  const ill = new Session(7, 'ill', codecs.json, '127.0.0.1', hub.counts);
  ill.opened(broken);
  const well = hub.connect();
  return { hub, lines, barrier, ill, broken, well };
}

const unasked = (): never => assert.fail('nobody asks for it');
const forever = { atLeastMs: 1000, share: 1, atMostMs: 1000 };

test('what fails for one socket closes it with 4002, is counted, and logged with its stack', () => {
  const { hub, lines, barrier, ill, broken } = createScene();
  barrier.run(ill, () => ill.answer({ type: 'pong' }));
  assert.equal(broken.closedWith, closeCodes.internal_error);
  assert.equal(hub.counts.sessionFailures, 1);
  assert.match(lines.join(), /"session":"ill".*a bug.*session-barrier\.test\.ts/);
});

test('a thousand failures in a second are counted, and take two lines of the log', () => {
  const { hub, lines, barrier, ill } = createScene();
  for (let i = 0; i < 1000; i++) barrier.failed(ill, new Error('again'));
  hub.now += 1000;
  barrier.failed(ill, new Error('again'));
  assert.equal(hub.counts.sessionFailures, 1001);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).unlogged),
    [0, 999],
  );
});

test('a socket that can not even be closed ends nothing else', () => {
  const { barrier, ill, broken } = createScene();
  broken.end = () => assert.fail('another bug');
  barrier.failed(ill, new Error('a bug'));
});

test('a token that is about to expire, or has, and whose client can not be told costs others nothing', () => {
  const { hub, barrier, ill, broken, well } = createScene();
  const now = (): number => hub.now;
  const expiry = createTokenExpiry({ barrier, now, random: () => 0 }, { expiryNoticeMs: 100 });
  for (const session of [ill, well.session]) expiry.watch(session, { ...ann, expiresAt: 1000 });
  hub.now = 950;
  expiry.sweep();
  assert.equal(broken.closedWith, closeCodes.internal_error);
  hub.now = 1000;
  expiry.sweep();
  assert.equal(well.socket.closedWith, closeCodes.token_expired);
});

test('a replay, and a round of a slow socket, that fail cost others nothing', async () => {
  const { hub, barrier, ill, broken, well } = createScene();
  hub.history.add(7, 0, 3);
  await hub.feed.open();
  const time = createTimeShare(() => hub.now, forever);
  const replays = new Replays(
    { groups: hub.groups, windows: hub.windows, barrier, time, startTime: time },
    { replayBufferBytes: 1000, replayVisitUpdatesMax: 10 },
  );
  for (const session of [ill, well.session])
    replays.attach(session, hub.feed, 0, { epoch: 7, seq: 1, exact: true });
  replays.turn();
  assert.equal(broken.closedWith, closeCodes.internal_error);
  assert.equal(well.socket.sent.length, 2);

  const limits = {
    ...{ relievedBytes: 100, roundBytes: 1000, conflatedIntervalMs: 1000, conflatedPatienceMs: 5000 },
    ...{ snapshotIntervalMs: 2000, snapshotPatienceMs: 10_000, calmMs: 3000 },
  };
  const slowConsumers = new SlowConsumers({ replays, counts: hub.counts, barrier, time }, limits);
  const sick = createScene();
  sick.ill.happened('loses_answer');
  sick.broken.end = () => assert.fail('a bug');
  for (const session of [sick.ill, well.session]) slowConsumers.overflowed(session);
  slowConsumers.settle(0);
  assert.equal(well.session.state, 'conflated', 'it had its turn');
});

test('a request and a handshake that fail are answered with 500, counted, and the hub goes on', async (t) => {
  const verify = async () => assert.fail('a bug');
  const anonymous = undefined;
  const broken = { includes: (origin: string) => origin === 'http://elsewhere' && assert.fail('a bug') };
  const origins = { origins: Object.assign(['https://one'], broken), knownHost: anyHost, secure: false };
  const authenticator = { anonymous, verify };
  const { hub, port, url } = await startHub({}, ['AAPL'], undefined, authenticator, { origins });
  t.after(() => hub.stop());
  const response = await fetch(`http://127.0.0.1:${port}/symbols`, {
    headers: { Authorization: 'Bearer x' },
  });
  assert.equal(response.status, 500);
  assert.doesNotMatch(await response.text(), /a bug/);
  await assert.rejects(PlainClient.connect(url, 'json', '', { Origin: 'http://elsewhere' }), /500/);
  assert.equal(hub.counts.requestFailures, 2);
  assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
});

test('a goodbye that can not be said keeps nobody from hearing theirs', async () => {
  const { barrier, ill, well } = createScene();
  const sessions = new Set([ill, well.session]);
  const drained = drainSessions({ sessions, barrier, random: () => 0 }, { drainWindowMs: 0, handOverMs: 0 });
  await drained;
  assert.deepEqual(well.socket.sent, [{ type: 'goodbye', reason: 'drain', reconnect_after_ms: 0 }]);
});

for (const when of ['at once', 'when its turn comes'] as const)
  test(`a request whose work throws ${when}, or is rejected, closes its socket alone`, async () => {
    const failures = [() => assert.fail('a bug'), async () => assert.fail('a bug, later')] as const;
    for (const subscribe of failures) {
      const { hub, barrier, well } = createScene();
      well.session.identity = createOpenAuthenticator().anonymous;
      const requests = new Requests(
        {
          subscriptions: { subscribe, unsubscribe: unasked },
          sessionAuth: { authenticate: unasked, redeem: unasked },
          backlog: {
            run: (work) =>
              when === 'at once' ? work() : new Promise((resolve) => setImmediate(() => resolve(work()))),
          },
          barrier,
          now: () => hub.now,
        },
        {
          ...{ messageBytesMax: 1000, earlyBytesMax: 1000, heldBytesMax: 1000, heldMessagesMax: 9 },
          ...{ messagesPerSecond: 10, requestsWaitingMax: 10 },
          ...{ malformedMax: 10, refusedMax: 10 },
        },
      );
      requests.receive(well.session, Buffer.from('{"type":"subscribe","symbols":["AAPL"]}'), false);
      await well.session.request;
      assert.equal(well.socket.closedWith, closeCodes.internal_error);
      assert.equal(hub.counts.sessionFailures, 1);
    }
  });

test('a hub lives through tokens that make its own code throw, and other clients are served on', async (t) => {
  const identities: Record<string, () => Identity> = {
    rejects: () => assert.fail('a bug'),
    'never ends': () => ({ ...ann, expiresAt: Number.NaN }),
    'allows nothing': () => ({
      ...ann,
      entitlements: { ...unrestricted, allows: () => assert.fail('a bug') },
    }),
    good: () => ann,
  };
  const verify = async (token: string) => ({
    ok: true as const,
    identity: (identities[token] ?? assert.fail)(),
  });
  const { hub, url } = await startHub({}, ['AAPL'], undefined, { anonymous: undefined, verify });
  t.after(() => hub.stop());
  const innocent = await PlainClient.connect(url);
  innocent.send({ type: 'authenticate', token: 'good' });
  for (const token of ['rejects', 'never ends', 'allows nothing']) {
    const client = await PlainClient.connect(url);
    client.send({ type: 'authenticate', token });
    client.send({ type: 'subscribe', symbols: ['AAPL'] });
    await client.until(() => client.closedWith !== undefined);
    assert.equal(client.closedWith, closeCodes.internal_error, token);
  }
  assert.equal(hub.counts.sessionFailures, 3);
  assert.equal(hub.counts.sockets, 1);
  innocent.send({ type: 'subscribe', symbols: ['AAPL'] });
  await innocent.awaits(({ type }) => type === 'subscribed');
});
