import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fanout, FanoutError } from '#fanout/ports.ts';
import { createOpenAuthenticator } from '#hub/auth/authenticator.ts';
import { jwtAuthenticator, tokenWith } from '#hub/auth/fixtures.ts';
import { PlainClient } from '#hub/socket-fixtures.ts';
import { createFanout, startRegisteredHub } from './fixtures.ts';

const post = { method: 'POST' };

async function bearer(claims: object = {}): Promise<Record<string, string>> {
  return { Authorization: `Bearer ${await tokenWith({ ...claims })}` };
}

async function closed(client: PlainClient): Promise<number | undefined> {
  await client.until(() => client.closedWith !== undefined);
  return client.closedWith;
}

function errorCodes({ received }: PlainClient): string[] {
  return received.flatMap((message) => (message.type === 'error' ? [message.code] : []));
}

const isType = (type: string) => (message: { readonly type: string }) => message.type === type;

test('whoever asks a hub that wants no token gets a ticket, and with it a socket that works', async (t) => {
  const hub = await startRegisteredHub(t);
  const before = Date.now();
  const session = await hub.session();
  assert.match(session.websocket_url, new RegExp(`^${hub.url}\\?ticket=[\\w-]{43}&node=one$`));
  const expiresAt = Date.parse(session.expires_at);
  assert.ok(expiresAt >= before + 30_000 && expiresAt <= Date.now() + 30_000);
  const client = await PlainClient.connect(session.websocket_url);
  client.send({ type: 'subscribe', symbols: ['AAPL'] });
  await client.awaits(isType('subscribed'));
  assert.deepEqual(
    client.received.slice(0, 3).map(({ type }) => type),
    ['welcome', 'authenticated', 'subscribed'],
  );
});

test('a socket by ticket has the rights and the life of the token that the ticket was got with', async (t) => {
  const hub = await startRegisteredHub(t, jwtAuthenticator());
  const exp = Math.floor(Date.now() / 1000) + 100;
  const { websocket_url } = await hub.session(await bearer({ exp, tickwire: { symbols: ['AAPL'] } }));
  const client = await PlainClient.connect(websocket_url);
  client.send({ type: 'subscribe', symbols: ['AAPL', 'TSLA'] });
  const answer = await client.awaits(isType('subscribed'));
  assert.ok(answer.type === 'subscribed');
  assert.deepEqual(Object.keys(answer.symbols), ['AAPL']);
  assert.deepEqual(
    answer.rejected?.map(({ code }) => code),
    ['not_entitled'],
  );
  const said = await client.awaits(isType('authenticated'));
  assert.ok(said.type === 'authenticated');
  assert.equal(Date.parse(said.expires_at ?? ''), exp * 1000);
  assert.equal('authenticate_within_ms' in (client.received[0] ?? {}), false);
});

test('sockets by ticket count among those that the user may have', async (t) => {
  const hub = await startRegisteredHub(t, jwtAuthenticator());
  const headers = await bearer({ tickwire: { sockets: 1 } });
  const first = await PlainClient.connect((await hub.session(headers)).websocket_url);
  await first.awaits(isType('authenticated'));
  const second = await PlainClient.connect((await hub.session(headers)).websocket_url);
  assert.equal(await closed(second), 4004);
});

test('a ticket is good once, at whichever hub is first', async (t) => {
  const fanout = createFanout();
  const one = await startRegisteredHub(t, jwtAuthenticator(), fanout, 'one');
  const other = await startRegisteredHub(t, jwtAuthenticator(), fanout, 'other');
  const { websocket_url } = await one.session(await bearer());
  const elsewhere = new URL(websocket_url);
  elsewhere.port = String(elsewhere.port === String(one.port) ? other.port : one.port);
  const first = await PlainClient.connect(elsewhere.href);
  await first.awaits(isType('authenticated'));
  const second = await PlainClient.connect(websocket_url);
  assert.equal(await closed(second), 4005);
  assert.deepEqual(errorCodes(second), ['invalid_ticket']);
  assert.equal(first.closedWith, undefined);
});

test('a ticket that is late, unknown or junk is told so and brings no socket, with or without tokens', async (t) => {
  for (const authenticator of [jwtAuthenticator(), createOpenAuthenticator()]) {
    const hub = await startRegisteredHub(t, authenticator, undefined, 'one', { ticketMs: 1 });
    const late = await hub.session(await bearer());
    const tickets = ['', 'x'.repeat(43), 'x'.repeat(2000), '%00', '../../tw:ticket'];
    for (const url of [late.websocket_url, ...tickets.map((ticket) => `${hub.url}?ticket=${ticket}`)]) {
      const client = await PlainClient.connect(url);
      client.send({ type: 'subscribe', symbols: ['AAPL'] });
      assert.equal(await closed(client), 4005, url);
      assert.deepEqual(errorCodes(client), ['invalid_ticket'], url);
      assert.equal(client.received.some(isType('subscribed')), false);
    }
    assert.equal(hub.hub.counts.authentications.invalid_ticket, tickets.length + 1);
  }
});

test('a ticket whose token has expired meanwhile is refused as the token would be', async (t) => {
  const hub = await startRegisteredHub(t, jwtAuthenticator({ clockToleranceSeconds: 60 }));
  const exp = Math.floor(Date.now() / 1000) - 1;
  const { websocket_url } = await hub.session(await bearer({ exp }));
  const client = await PlainClient.connect(websocket_url);
  assert.equal(await closed(client), 4003);
  assert.deepEqual(errorCodes(client), ['token_expired']);
});

test('a ticket of a hub that lets everyone in opens none that wants to know who comes', async (t) => {
  const fanout = createFanout();
  const open = await startRegisteredHub(t, createOpenAuthenticator(), fanout, 'open');
  const strict = await startRegisteredHub(t, jwtAuthenticator(), fanout, 'strict');
  const url = new URL((await open.session()).websocket_url);
  url.port = String(strict.port);
  const client = await PlainClient.connect(url.href);
  assert.equal(await closed(client), 4005);
});

test('a ticket and a token at once are refused: one is shown, in one place', async (t) => {
  const hub = await startRegisteredHub(t, jwtAuthenticator());
  const headers = await bearer();
  const { websocket_url } = await hub.session(headers);
  const client = await PlainClient.connect(websocket_url, 'json', undefined, headers);
  assert.equal(await closed(client), 4503);
});

test('without a good token there is no session', async (t) => {
  const hub = await startRegisteredHub(t, jwtAuthenticator());
  for (const headers of [{}, { Authorization: 'Bearer junk' }, await bearer({ exp: 1 })]) {
    const response = await hub.ask('/session', { ...post, headers });
    assert.equal(response.status, 401);
    assert.equal(response.headers.get('www-authenticate'), 'Bearer');
  }
});

test('who asks for sessions too often is told to wait', async (t) => {
  const limits = { connectionsPerSecond: 1 };
  const hub = await startRegisteredHub(t, undefined, undefined, 'one', limits);
  const answers = await Promise.all(Array.from({ length: 20 }, () => hub.ask('/session', post)));
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length >= 10, `${refused.length} refused`);
  assert.ok(refused.every(({ headers }) => Number(headers.get('retry-after')) > 0));
});

test('without a ready node, and without Redis, it is answered with when to ask again', async (t) => {
  const fanout = createFanout();
  const away = async (): Promise<never> => {
    throw new FanoutError('unavailable', 'away');
  };
  const lonely = await startRegisteredHub(t, undefined, fanout);
  await fanout.nodes.leave('hub', 'one', undefined);
  const cut: Fanout = createFanout();
  const noTickets = { ...cut, tickets: { issue: away, redeem: away } };
  const mute = await startRegisteredHub(t, undefined, noTickets);
  for (const hub of [lonely, mute]) {
    const response = await hub.ask('/session', post);
    assert.equal(response.status, 503);
    assert.ok(Number(response.headers.get('retry-after')) > 0);
    assert.match(await response.text(), /try again/);
  }
  const client = await PlainClient.connect(`${mute.url}?ticket=${'x'.repeat(43)}`);
  assert.equal(await closed(client), 4002, 'come back: it was not your doing');
  assert.deepEqual(errorCodes(client), ['unavailable']);
});

test('a node that is not ready is chosen by nobody', async (t) => {
  const fanout = createFanout();
  const one = await startRegisteredHub(t, undefined, fanout, 'one');
  const record = { ipAddress: '127.0.0.1', portNumber: 1, protocol: 'ws', socketUrl: 'ws://127.0.0.1:1/ws' };
  const draining = { ...record, sockets: 0, ready: false };
  await fanout.nodes.register(
    { service: 'hub', serviceName: 'Tickwire hub', instance: 'two', boot: 'b', record: draining },
    60_000,
  );
  for (let i = 0; i < 20; i++) assert.match((await one.session()).websocket_url, /node=one$/);
});

test('other methods and bodies are refused, and no answer is kept', async (t) => {
  const hub = await startRegisteredHub(t);
  assert.equal((await hub.ask('/session')).status, 405);
  assert.equal(
    (await hub.ask('/session', { ...post, body: '{}' })).status,
    200,
    'a small one is read and left',
  );
  assert.equal((await hub.ask('/session', { ...post, body: 'x'.repeat(70_000) })).status, 413);
  assert.equal((await hub.ask('/session', post)).headers.get('cache-control'), 'no-store');
});
