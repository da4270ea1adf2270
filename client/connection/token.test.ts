import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FakeSocket, playClient, price, settle } from '#client/fixtures.ts';

const expires_at = '2024-09-14T13:34:56.000Z';
const expiring = { type: 'token_expiring', expires_at, expires_in_ms: 60_000 } as const;

/** Tokens in their order, as far as they were shown. */
function shownOn(socket: FakeSocket): string[] {
  return socket.sent.flatMap((message) => (message.type === 'authenticate' ? [message.token] : []));
}

/** Gives `token-1`, `token-2` … until it is to fail. */
function createSource() {
  const source = {
    calls: 0,
    failure: undefined as Error | undefined,
    token: async (): Promise<string> => {
      source.calls++;
      if (source.failure !== undefined) throw source.failure;
      return `token-${source.calls}`;
    },
  };
  return source;
}

test('a token is shown at the welcome, before anything is asked for', async () => {
  const { client, newest } = playClient({ token: 'mine' });
  client.subscribe(['AAPL']);
  newest().welcomes();
  await settle();
  assert.deepEqual(
    newest().sent.map(({ type }) => type),
    ['authenticate', 'subscribe'],
  );
  assert.deepEqual(shownOn(newest()), ['mine']);
});

test('a client without a token shows none', async () => {
  const { newest } = playClient();
  newest().welcomes();
  await settle();
  assert.deepEqual(newest().sent, []);
});

test('a source is asked before each connection, and the socket opened with its answer', async () => {
  const { token } = createSource();
  const { sockets, newest, clock } = playClient({ token });
  assert.equal(sockets.length, 0);
  await settle();
  newest().welcomes();
  newest().drops();
  await clock.advance(500);
  newest().welcomes();
  assert.deepEqual(sockets.map(shownOn), [['token-1'], ['token-2']]);
});

test('a token that is about to expire is renewed over the same socket', async () => {
  const { token } = createSource();
  const { sockets, newest } = playClient({ token });
  await settle();
  newest().welcomes();
  newest().says(expiring);
  await settle();
  assert.deepEqual(shownOn(newest()), ['token-1', 'token-2']);
  assert.equal(sockets.length, 1);
});

test('a source that fails while a token is renewed is asked again, and tells', async () => {
  const source = createSource();
  const { newest, clock, told } = playClient({ token: source.token });
  await settle();
  newest().welcomes();
  source.failure = new Error('the issuer is away');
  newest().says(expiring);
  await settle();
  source.failure = undefined;
  await clock.advance(5000);
  assert.deepEqual(shownOn(newest()), ['token-1', 'token-3']);
  assert.ok(told.includes('error no_token'));
});

test('a source that fails before a connection delays it', async () => {
  const source = createSource();
  source.failure = new Error('the issuer is away');
  const { sockets, clock, told } = playClient({ token: source.token });
  await settle();
  assert.deepEqual([sockets.length, told], [0, ['reconnecting']]);
  source.failure = undefined;
  await clock.advance(500);
  assert.equal(sockets.length, 1);
});

test('a source that throws at once, or never answers, holds up nothing else', async () => {
  const throwing = playClient({
    token: () => {
      throw new Error('no');
    },
  });
  await settle();
  assert.deepEqual(throwing.told, ['reconnecting']);
  const silent = playClient({ token: () => new Promise(() => undefined) });
  await silent.clock.advance(10_000);
  assert.deepEqual(silent.told, ['reconnecting']);
});

test('a client that is closed while its source is asked opens no socket, and shows nothing', async () => {
  const { token } = createSource();
  const { client, sockets } = playClient({ token });
  client.close();
  await settle();
  assert.equal(sockets.length, 0);
});

test('an expired token ends a client that has no other, and brings one back that has', async () => {
  const fixed = playClient({ token: 'mine' });
  fixed.newest().welcomes();
  fixed.newest().drops(4003);
  assert.equal(fixed.client.state, 'closed');
  const { token } = createSource();
  const renewing = playClient({ token });
  await settle();
  renewing.newest().welcomes();
  renewing.newest().drops(4003);
  await renewing.clock.advance(500);
  renewing.newest().welcomes();
  assert.deepEqual(shownOn(renewing.newest()), ['token-2']);
});

test('a token that is refused ends the client', async () => {
  const { token } = createSource();
  const { client, newest } = playClient({ token });
  await settle();
  newest().drops(4503);
  assert.equal(client.state, 'closed');
});

test('what gets another delay is asked for again from where it stood, and the delay is told when it changes', async () => {
  const { client, newest, told } = playClient({ token: 'mine' });
  const delays: number[] = [];
  client.on('delay', ({ minutes }) => delays.push(minutes));
  client.subscribe(['AAPL']);
  newest().welcomes();
  await settle();
  newest().answers('7-9');
  newest().says({ type: 'unsubscribed', symbols: ['AAPL'], reason: 'delay_changed' });
  await settle();
  const again = newest().subscribes.at(-1) ?? assert.fail();
  assert.deepEqual([again.symbols, again.since], [['AAPL'], { AAPL: '7-9' }]);
  const symbols = { AAPL: { position: '7-5', recovered: false } };
  for (const id of [again.id ?? 0, 1000])
    newest().says({ type: 'subscribed', id, symbols, delayed_minutes: 15 });
  assert.deepEqual(delays, [15]);
  newest().says({ type: 'reset', symbol: 'AAPL', reason: 'history_unavailable', position: '7-5' });
  newest().prices('AAPL', price(5, { snapshot: true, delayed: true }));
  await settle();
  assert.deepEqual(told.slice(-2), ['AAPL reset history_unavailable', 'AAPL 7-5']);
  assert.ok(!told.some((line) => line.startsWith('error')));
});

test('a symbol that the hub takes away is told, and is asked for again when it is subscribed again', async () => {
  const { client, newest, told } = playClient({ token: 'mine' });
  const first = client.subscribe(['AAPL', 'TSLA']);
  newest().welcomes();
  await settle();
  newest().answers('7-1');
  newest().says({ type: 'unsubscribed', symbols: ['TSLA'], reason: 'not_entitled' });
  await settle();
  assert.ok(told.includes('error not_entitled TSLA'));
  assert.equal(newest().subscribes.length, 1);
  first.close();
  client.subscribe(['TSLA']);
  await settle();
  assert.deepEqual(newest().subscribes.at(-1)?.symbols, ['TSLA']);
});
