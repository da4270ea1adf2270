import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createMemoryFanout } from '#fanout/memory/memory-fanout.ts';
import { jwtAuthenticator, tokenWith } from '#hub/auth/fixtures.ts';
import type { HubLimits } from '#hub/hub-limits.ts';
import { type ListeningHub, PlainClient, startHub } from '#hub/socket-fixtures.ts';
import { codecs } from '#protocol/codec.ts';
import type { HubMessage } from '#protocol/messages.ts';

const json = codecs.json.subprotocol;
const symbols = ['AAPL', 'TSLA', 'US.IBM'];

async function start(t: TestContext, limits: Partial<HubLimits> = {}): Promise<ListeningHub> {
  const scene = await startHub(limits, symbols, undefined, jwtAuthenticator());
  t.after(() => scene.hub.stop());
  return scene;
}

const isType =
  (type: HubMessage['type']) =>
  (message: HubMessage): boolean =>
    message.type === type;
const isError =
  (code: string) =>
  (message: HubMessage): boolean =>
    message.type === 'error' && message.code === code;

async function closed(client: PlainClient): Promise<number | undefined> {
  await client.until(() => client.closedWith !== undefined);
  return client.closedWith;
}

function codes(client: PlainClient): string[] {
  return client.received.flatMap((message) => (message.type === 'error' ? [message.code] : []));
}

function typesOf({ received }: PlainClient): string[] {
  return received.map(({ type }) => type);
}

test('a token lets a client in from the header, from the subprotocols and from a message', async (t) => {
  const { url } = await start(t);
  const token = await tokenWith();
  const byHeader = await PlainClient.connect(url, 'json', json, { Authorization: `Bearer ${token}` });
  const bySubprotocol = await PlainClient.connect(url, 'json', `tickwire.token.${token},${json}`);
  const byMessage = await PlainClient.connect(url);
  byMessage.send({ type: 'authenticate', token, id: 1 });
  for (const client of [byHeader, bySubprotocol, byMessage]) {
    await client.awaits(isType('authenticated'));
    client.send({ type: 'subscribe', symbols: ['AAPL'] });
    await client.awaits(isType('subscribed'));
    assert.equal(client.subprotocol, json, 'the token is not echoed');
  }
  assert.equal('authenticate_within_ms' in (byHeader.received[0] ?? {}), false);
  assert.equal('authenticate_within_ms' in (byMessage.received[0] ?? {}), true);
});

test('a subscribe may follow its token at once', async (t) => {
  const { url } = await start(t);
  const client = await PlainClient.connect(url, 'msgpack');
  client.send({ type: 'authenticate', token: await tokenWith() });
  client.send({ type: 'subscribe', symbols: ['AAPL'], id: 2 });
  await client.awaits(isType('subscribed'));
  assert.deepEqual(codes(client), []);
});

test('before its token a client is served nothing but pings', async (t) => {
  const { url } = await start(t);
  const client = await PlainClient.connect(url);
  client.send({ type: 'subscribe', symbols: ['AAPL'], id: 1 });
  client.send({ type: 'unsubscribe', symbols: ['AAPL'], id: 2 });
  client.send({ type: 'ping', id: 3 });
  await client.awaits(isType('pong'));
  const errors = client.received.filter(isError('not_authenticated'));
  assert.deepEqual(
    errors.map((error) => 'id' in error && error.id),
    [1, 2],
  );
  assert.equal(client.received.some(isType('subscribed')), false);
});

test('before its token a client learns nothing of sources and of the fanout, and what holds after it', async (t) => {
  const fanout = createMemoryFanout({ now: Date.now }, { replayEntriesMax: 10 });
  let away = true;
  const cut = { ...fanout, available: () => !away };
  const limits = { staleAfterMs: 20, staleLookMs: 5 };
  const { hub, url } = await startHub(limits, symbols, cut, jwtAuthenticator());
  t.after(() => hub.stop());
  const known = await PlainClient.connect(url);
  known.send({ type: 'authenticate', token: await tokenWith() });
  await known.awaits(isType('stale'));
  const client = await PlainClient.connect(url);
  await client.awaits(isType('welcome'));
  away = false;
  await known.awaits(isType('fresh'));
  away = true;
  await known.until(() => known.received.filter(isType('stale')).length === 2);
  client.send({ type: 'ping' });
  await client.awaits(isType('pong'));
  assert.deepEqual(typesOf(client), ['welcome', 'pong']);
  client.send({ type: 'authenticate', token: await tokenWith() });
  await client.awaits(isType('stale'));
  assert.deepEqual(typesOf(client), ['welcome', 'pong', 'authenticated', 'stale']);
});

test('welcome shows who has no token yet the limits, the node and nothing else', async (t) => {
  const { url } = await start(t);
  const client = await PlainClient.connect(url);
  const welcome = await client.awaits(isType('welcome'));
  assert.deepEqual(
    { ...welcome, session: '' },
    {
      ...{ type: 'welcome', session: '', node: 'test-node', heartbeat_ms: 15_000 },
      limits: { symbols: 1024, message_bytes: 65_536, messages_per_second: 1000 },
      authenticate_within_ms: 5000,
    },
  );
});

test('a client that shows no token in time is closed, and told to stop', async (t) => {
  const { url, hub } = await start(t, { authenticateWithinMs: 100, gateMs: 20 });
  const client = await PlainClient.connect(url);
  assert.equal(await closed(client), 4503);
  assert.deepEqual(codes(client), ['not_authenticated']);
  assert.equal(hub.counts.authentications.late, 1);
});

test('a first token that is refused closes the socket, whichever way it came', async (t) => {
  const { url } = await start(t);
  const bad = `${await tokenWith()}x`;
  const byHeader = await PlainClient.connect(url, 'json', json, { Authorization: `Bearer ${bad}` });
  const bySubprotocol = await PlainClient.connect(url, 'json', `${json},tickwire.token.${bad}`);
  const byMessage = await PlainClient.connect(url);
  byMessage.send({ type: 'authenticate', token: bad });
  byMessage.send({ type: 'authenticate', token: await tokenWith() }); // there is no second try
  for (const client of [byHeader, bySubprotocol, byMessage]) {
    assert.equal(await closed(client), 4503);
    assert.deepEqual(codes(client), ['invalid_token']);
  }
  const expired = await PlainClient.connect(url);
  expired.send({ type: 'authenticate', token: await tokenWith({ exp: 1000 }) });
  assert.equal(await closed(expired), 4003);
});

test('two tokens in one handshake are refused, also when they are the same', async (t) => {
  const { url } = await start(t);
  const token = await tokenWith();
  const headers = { Authorization: `Bearer ${token}` };
  const twice = [
    await PlainClient.connect(url, 'json', `${json},tickwire.token.${token}`, headers),
    await PlainClient.connect(
      url,
      'json',
      `${json},tickwire.token.${token},tickwire.token.${await tokenWith({ sub: 'bob' })}`,
    ),
  ];
  for (const client of twice) {
    assert.equal(await closed(client), 4503);
    assert.deepEqual(codes(client), ['invalid_token']);
  }
});

test('a client that goes while its token is checked leaves nothing behind', async (t) => {
  const answers: (() => void)[] = [];
  const slow = jwtAuthenticator();
  const waits = new Promise<void>((resolve) => answers.push(resolve));
  const verify = async (token: string) => {
    await waits;
    return slow.verify(token);
  };
  const scene = await startHub({}, symbols, undefined, { ...slow, verify });
  t.after(() => scene.hub.stop());
  const token = await tokenWith({ tickwire: { sockets: 1 } });
  const gone = await PlainClient.connect(scene.url, 'json', json, { Authorization: `Bearer ${token}` });
  gone.close();
  const stays = await PlainClient.connect(scene.url);
  await stays.until(() => scene.hub.counts.sockets === 1);
  for (const answer of answers) answer();
  stays.send({ type: 'authenticate', token });
  await stays.awaits(isType('authenticated'));
  assert.equal(scene.hub.counts.authentications.accepted, 1);
});

test('a user gets as many sockets as the token says, and another when one is closed', async (t) => {
  const { url, hub } = await start(t, { heartbeatMs: 100 });
  const headers = { Authorization: `Bearer ${await tokenWith({ tickwire: { sockets: 2 } })}` };
  const connect = () => PlainClient.connect(url, 'json', json, headers);
  const [first, second] = [await connect(), await connect()];
  for (const client of [first, second]) await client.awaits(isType('authenticated'));
  const third = await connect();
  assert.equal(await closed(third), 4004);
  assert.deepEqual(codes(third), ['user_sockets']);
  const bob = await PlainClient.connect(url, 'json', json, {
    Authorization: `Bearer ${await tokenWith({ sub: 'bob', tickwire: { sockets: 1 } })}`,
  });
  await bob.awaits(isType('authenticated'));
  first.close();
  await bob.until(() => hub.counts.sockets === 2);
  await (await connect()).awaits(isType('authenticated'));
});

test('a client hears before its token expires, and is closed when it does, unless it shows a new one', async (t) => {
  const { url, hub } = await start(t, { gateMs: 20 });
  const exp = (): number => Math.floor(Date.now() / 1000) + 10; // 2.5 s after the notice
  const [careful, careless] = [await PlainClient.connect(url), await PlainClient.connect(url)];
  for (const client of [careful, careless])
    client.send({ type: 'authenticate', token: await tokenWith({ exp: exp() }) });
  careful.send({ type: 'subscribe', symbols: ['AAPL'] });
  await careful.awaits(isType('token_expiring'));
  careful.send({ type: 'authenticate', token: await tokenWith(), id: 'new' });
  assert.equal(await closed(careless), 4003);
  assert.ok(careless.received.some(isType('token_expiring')));
  assert.deepEqual(codes(careless), ['token_expired']);
  careful.send({ type: 'ping' });
  await careful.awaits(isType('pong'));
  assert.deepEqual(codes(careful), []);
  assert.deepEqual([hub.counts.authentications.refreshed, hub.counts.authentications.expired], [1, 1]);
});

test('a new token that is refused, or of another user, changes nothing', async (t) => {
  const { url } = await start(t, { malformedMax: 2 });
  const client = await PlainClient.connect(url);
  client.send({ type: 'authenticate', token: await tokenWith({ tickwire: { symbols: ['AAPL'] } }) });
  client.send({ type: 'subscribe', symbols: ['AAPL'] });
  client.send({ type: 'authenticate', token: 'rubbish', id: 1 });
  client.send({ type: 'authenticate', token: await tokenWith({ sub: 'bob' }), id: 2 });
  client.send({ type: 'subscribe', symbols: ['TSLA'], id: 3 });
  await client.awaits(isError('not_entitled'));
  assert.deepEqual(codes(client), ['invalid_token', 'invalid_token', 'not_entitled']);
  client.send({ type: 'authenticate', token: 'rubbish' });
  assert.equal(await closed(client), 4500, 'nobody may go on trying');
});

test('tokens are not needed where the hub wants none, and are no mistake', async (t) => {
  const { url, hub } = await startHub();
  t.after(() => hub.stop());
  const client = await PlainClient.connect(url, 'json', `${json},tickwire.token.a.b.c`, {
    Authorization: 'Bearer rubbish',
  });
  client.send({ type: 'authenticate', token: 'rubbish', id: 1 });
  const answer = await client.awaits(isType('authenticated'));
  assert.deepEqual(answer, { type: 'authenticated', id: 1 });
});

test('HTTP wants the same token, except for the health and the page', async (t) => {
  const { port } = await start(t);
  const get = (path: string, token?: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    });
  for (const path of ['/health', '/']) assert.equal((await get(path)).status, 200, path);
  for (const path of ['/symbols', '/sources']) {
    const refused = await get(path);
    assert.deepEqual([refused.status, refused.headers.get('WWW-Authenticate')], [401, 'Bearer'], path);
    assert.equal((await get(path, 'rubbish')).status, 401, path);
    assert.equal((await get(path, await tokenWith({ exp: 1000 }))).status, 401, path);
    assert.equal((await get(path, await tokenWith())).status, 200, path);
  }
  const answer = await get('/symbols', await tokenWith({ tickwire: { symbols: ['US.*'] } }));
  assert.equal(answer.headers.get('Cache-Control'), 'no-store', 'no cache gives it to somebody else');
  assert.deepEqual(await answer.json(), { symbols: [{ symbol: 'US.IBM', source: 'test' }] });
});
