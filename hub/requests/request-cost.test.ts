import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpenAuthenticator } from '#hub/auth/authenticator.ts';
import { jwtAuthenticator, tokenWith } from '#hub/auth/fixtures.ts';
import { createSmallHub, noBarrier } from '#hub/fixtures.ts';
import type { Session } from '#hub/session/session.ts';
import { PlainClient, startHub } from '#hub/socket-fixtures.ts';
import { closeCodes } from '#protocol/close-codes.ts';
import { type Codec, codecs } from '#protocol/codec.ts';
import { Requests } from './requests.ts';
import { Subscriptions } from './subscriptions.ts';

const limits = {
  ...{
    messageBytesMax: 65_536,
    earlyBytesMax: 9216,
    heldBytesMax: 131_072,
    heldMessagesMax: 256,
    messagesPerSecond: 20,
  },
  ...{ requestsWaitingMax: 64, malformedMax: 32, refusedMax: 1000 },
  ...{ symbolsMax: 1024, subscribeTimeoutMs: 5000 },
};

const { anonymous } = createOpenAuthenticator();
const unasked = (): never => assert.fail('nobody asks for it');

/** A hub's way of taking requests, with a clock that a test moves, and symbols that nobody may have. */
function createScene() {
  const hub = createSmallHub();
  const work = { decodes: 0, lookedAt: 0 };
  const codec: Codec = {
    ...codecs.json,
    decode(bytes) {
      work.decodes++;
      return codecs.json.decode(bytes);
    },
  };
  const catalogue = {
    has: () => {
      work.lookedAt++;
      return false;
    },
    ...{ sourceOf: () => undefined, sourceNames: new Set<string>(), entries: [], refresh: unasked },
  };
  const subscriptions = new Subscriptions(
    {
      catalogue,
      feeds: { hold: unasked } as never,
      windows: hub.windows,
      replays: { start: () => undefined } as never,
      staleness: { has: () => false, tell: () => undefined },
    },
    limits,
  );
  let tell: (identity: Session['identity']) => void = unasked;
  const sessionAuth = {
    authenticate: (session: Session) =>
      new Promise<void>((resolve) => {
        tell = (identity) => {
          session.identity = identity;
          if (identity === undefined) session.end(closeCodes.unauthenticated, 'unauthenticated');
          resolve();
        };
      }),
    redeem: unasked,
  };
  const requests = new Requests(
    {
      subscriptions,
      sessionAuth,
      backlog: { run: (task) => task() },
      barrier: noBarrier,
      now: () => hub.now,
    },
    limits,
  );
  return {
    hub,
    work,
    /** A client whose token, if it shows one, is being checked until `decide`. */
    connect(identity: Session['identity']) {
      const { session, socket } = hub.connect();
      Object.assign(session, { codec, identity }); // the socket reads what it is sent uncounted
      const send = (message: object | string): void => {
        if (socket.closedWith !== undefined) return;
        const text = typeof message === 'string' ? message : JSON.stringify(message);
        requests.receive(session, Buffer.from(text), false);
      };
      return { session, socket, send };
    },
    async decide(identity: Session['identity']): Promise<void> {
      tell(identity);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

type Client = ReturnType<ReturnType<typeof createScene>['connect']>;

function errorsOf({ socket }: Client): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const message of socket.sent)
    if (message.type === 'error') counted[message.code] = (counted[message.code] ?? 0) + 1;
  return counted;
}

const names = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const subscribe = (symbols: readonly string[]): object => ({ type: 'subscribe', symbols });
const authenticate = { type: 'authenticate', token: 'a.b.c' };

test('sockets that ask for thousands of symbols in each message have no more of them looked at than their rate pays for', () => {
  const { hub, work, connect } = createScene();
  const clients = Array.from({ length: 10 }, () => connect(anonymous));
  const message = JSON.stringify(subscribe(names(2048, 'UNKNOWN')));
  const seconds = 20;
  for (; hub.now < seconds * 1000; hub.now += 50) for (const { send } of clients) send(message);
  const perMessage = 1 + 2048 / 128 + 2048 / 32;
  const paid = (20 * seconds + 40 + perMessage) / perMessage;
  assert.ok(work.lookedAt <= clients.length * paid * 2048, `${work.lookedAt} symbols`);
  assert.ok(work.lookedAt >= clients.length * 2048, 'what was paid for was done');
});

test('names that are no symbols count as malformed: thousands of them close the socket', () => {
  const { connect } = createScene();
  const client = connect(anonymous);
  client.send(subscribe(names(2048, ' ')));
  client.send({ type: 'ping' });
  assert.equal(client.socket.closedWith, closeCodes.protocol_abuse);
});

test('a few slips in a list are told and forgiven, however often it is sent', () => {
  const { hub, connect } = createScene();
  const client = connect(anonymous);
  for (let i = 0; i < 100; i++, hub.now += 1000) client.send(subscribe(names(31, ' ')));
  assert.equal(client.socket.closedWith, undefined);
  assert.equal(errorsOf(client).rate_limited, undefined);
});

test('a message of any size that is allowed passes at once, and the next ones wait until it is paid for', () => {
  const { hub, connect } = createScene();
  const client = connect(anonymous);
  const symbols = names(1024, 'S');
  client.send(subscribe(symbols));
  assert.equal(errorsOf(client).rate_limited, undefined);
  client.send(subscribe(symbols));
  client.send(subscribe(symbols));
  assert.equal(errorsOf(client).rate_limited, 2, '1,024 refused symbols are 32 messages');
  hub.now += 2000;
  client.send({ type: 'ping' });
  assert.equal(client.socket.sent.at(-1)?.type, 'pong');
});

test('before its token a client is read nothing that is longer than a token', () => {
  const { work, connect } = createScene();
  const client = connect(undefined);
  client.send({ type: 'ping', pad: 'x'.repeat(9216) });
  assert.equal(work.decodes, 0);
  assert.equal(client.socket.closedWith, closeCodes.message_too_large);
  assert.equal(client.socket.sent[0]?.type, 'error');
});

test('before its token a client has few messages, and then none', () => {
  const { hub, work, connect } = createScene();
  const client = connect(undefined);
  for (let i = 0; i < 1000; i++) client.send({ type: 'subscribe', symbols: ['AAPL'] });
  assert.ok(work.decodes <= 10, `${work.decodes} were read`);
  hub.now += 60_000;
  client.send(authenticate);
  assert.ok(client.session.request, 'its token is looked at all the same');
});

test('what comes behind a token is not read before the token is known to be good, and never behind a bad one', async () => {
  const { work, connect, decide } = createScene();
  const bad = connect(undefined);
  bad.send(authenticate);
  for (let i = 0; i < 100; i++) bad.send(`{"type":"ping","pad":"${'x'.repeat(60_000)}"}`);
  assert.equal(work.decodes, 1);
  bad.session.closed();
  await decide(undefined);
  assert.equal(work.decodes, 1);
});

test('what comes behind a good token is done in its order', async () => {
  const { connect, decide } = createScene();
  const client = connect(undefined);
  client.send(authenticate);
  for (let id = 0; id < 6; id++) client.send({ ...subscribe(['AAPL']), id });
  client.send({ type: 'ping', id: 6 });
  assert.equal(client.socket.sent.length, 0);
  await decide(anonymous);
  const told = client.socket.sent.flatMap((message) =>
    message.type === 'subscribed' || message.type === 'pong' ? [message.id] : [],
  );
  assert.deepEqual(told, [0, 1, 2, 3, 4, 5, 6]);
});

test('over real sockets a client gets 1,024 symbols in messages of 200 right behind its token, and twice in one message', async (t) => {
  const symbols = names(1024, 'S');
  const { hub, url } = await startHub({ messagesPerSecond: 20 }, symbols, undefined, jwtAuthenticator());
  t.after(() => hub.stop());
  const subscribedOf = ({ received }: PlainClient): number =>
    received.filter(({ type }) => type === 'subscribed').length;
  const token = await tokenWith();
  const first = await PlainClient.connect(url);
  first.send({ type: 'authenticate', token });
  for (let i = 0; i < 1024; i += 200) first.send(subscribe(symbols.slice(i, i + 200)));
  await first.until(() => subscribedOf(first) === 6);
  const second = await PlainClient.connect(url);
  second.send({ type: 'authenticate', token });
  for (let i = 0; i < 2; i++) second.send(subscribe(symbols));
  await second.until(() => subscribedOf(second) === 2);
  assert.equal(hub.counts.clientErrors.rate_limited, undefined);
});
