import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playClient, settle } from '#client/fixtures.ts';
import type { SessionFetch } from '#client/mod.ts';

interface Asked {
  readonly url: string;
  readonly authorization: string | undefined;
}

interface Sessions {
  readonly asked: Asked[];
  status: number;
  readonly fetch: SessionFetch;
}

/** A hub that gives sessions with tickets 1, 2 …, or answers with `status`. */
function createSessions(): Sessions {
  const sessions: Sessions = {
    asked: [],
    status: 200,
    fetch: async (url, { headers }) => {
      sessions.asked.push({ url, authorization: headers.Authorization });
      const body = { websocket_url: `wss://edge/ws?ticket=${sessions.asked.length}&node=a` };
      return { status: sessions.status, json: async () => body };
    },
  };
  return sessions;
}

test('each connection asks for a session of its own, shows the token there and the ticket to the hub', async () => {
  const sessions = createSessions();
  let tokens = 0;
  const token = async (): Promise<string> => `token-${++tokens}`;
  const { sockets, newest, clock } = playClient({
    ...{ sessionUrl: '/session', fetch: sessions.fetch, token },
  });
  await settle();
  newest().welcomes();
  assert.deepEqual(newest().sent, [], 'the hub is shown nothing but the ticket');
  newest().drops(4005);
  await clock.advance(500);
  newest().welcomes();
  assert.deepEqual(sessions.asked, [
    { url: 'http://hub/session', authorization: 'Bearer token-1' },
    { url: 'http://hub/session', authorization: 'Bearer token-2' },
  ]);
  assert.deepEqual(
    sockets.map(({ url }) => url),
    ['wss://edge/ws?ticket=1&node=a', 'wss://edge/ws?ticket=2&node=a'],
  );
});

test('a token that is about to expire is renewed over the socket that a ticket opened', async () => {
  const sessions = createSessions();
  let tokens = 0;
  const token = async (): Promise<string> => `token-${++tokens}`;
  const { newest } = playClient({ sessionUrl: 'https://a/session', fetch: sessions.fetch, token });
  await settle();
  newest().welcomes();
  newest().says({ type: 'token_expiring', expires_at: '2024-09-14T13:34:56.000Z', expires_in_ms: 60_000 });
  await settle();
  assert.deepEqual(newest().sent, [{ type: 'authenticate', token: 'token-2' }]);
  assert.equal(sessions.asked[0]?.url, 'https://a/session');
});

test('while there is no session it is asked for again, later and later', async () => {
  const sessions = createSessions();
  sessions.status = 503;
  const { sockets, clock, told } = playClient({ sessionUrl: '/session', fetch: sessions.fetch });
  await settle();
  await clock.advance(500);
  assert.deepEqual([sockets.length, sessions.asked.length], [0, 2]);
  sessions.status = 200;
  await clock.advance(1000);
  assert.equal(sockets.length, 1);
  assert.ok(
    told.every((state) => state === 'reconnecting'),
    told.join(),
  );
});

test('a token that is refused where sessions are ends a client that has no other', async () => {
  const sessions = createSessions();
  sessions.status = 401;
  const { sockets, told } = playClient({ sessionUrl: '/session', fetch: sessions.fetch, token: 'old' });
  await settle();
  assert.deepEqual([sockets.length, told.at(-1)], [0, 'closed']);
});

test('a client that is closed while it asks opens no socket, one that waits for too long asks again', async () => {
  const sessions = createSessions();
  const closed = playClient({ sessionUrl: '/session', fetch: sessions.fetch });
  closed.client.close();
  await settle();
  assert.equal(closed.sockets.length, 0);
  const signals: AbortSignal[] = [];
  const silent = playClient({
    sessionUrl: '/session',
    fetch: (_url, { signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    },
  });
  await silent.clock.advance(10_600);
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, false],
  );
  silent.client.close();
});

test('an answer without an address is no session', async () => {
  for (const body of [
    {},
    { websocket_url: 7 },
    { websocket_url: 'http://hub' },
    { websocket_url: 'ws://' },
  ]) {
    const fetch = async () => ({ status: 200, json: async () => body });
    const { sockets, told } = playClient({ sessionUrl: '/session', fetch });
    await settle();
    assert.deepEqual([sockets.length, told], [0, ['reconnecting']], JSON.stringify(body));
  }
});

test('an address with a ticket that was used is not tried again', async () => {
  const { newest, told } = playClient({}, 'ws://hub/ws?ticket=1');
  newest().welcomes();
  newest().drops(4005);
  await settle();
  assert.equal(told.at(-1), 'closed');
});

test('an address for sessions that is none is refused at once', () => {
  assert.throws(() => playClient({ sessionUrl: 'http://' }), {
    name: 'ClientUsageError',
    message: /\/session/,
  });
});
