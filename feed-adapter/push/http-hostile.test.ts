import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import fc from 'fast-check';
import { until } from '#test/harness/redis/until.ts';
import { push, serve, token } from './http-fixture.ts';
import { parseItem, parseJsonBody, parseJsonLines } from './push-request.ts';

const tick = '[{"symbol":"AAPL","price":150}]';

/** What the server says to raw bytes, until it ends the connection. */
async function say(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  return text(socket);
}

const wrongTokens: readonly [string, Record<string, string>][] = [
  ['no token', { Authorization: '' }],
  ['another token', { Authorization: 'Bearer wrong' }],
  ['a longer token that begins with the right one', { Authorization: `Bearer ${token}x` }],
  ['the token in other letters', { Authorization: `Bearer ${token.toUpperCase()}` }],
  ['a token under another scheme', { Authorization: `Basic ${token}` }],
];
for (const [what, headers] of wrongTokens) {
  test(`${what} is answered with 401, and nothing is accepted`, async (t) => {
    const { url, accepted } = await serve(t);
    const answer = await push(url, tick, headers);
    assert.deepEqual([answer.status, answer.headers.get('WWW-Authenticate')], [401, 'Bearer']);
    assert.equal(accepted.length, 0);
  });
}

const refusedBodies: readonly [string, BodyInit, Record<string, string>, number, RegExp][] = [
  ['another content type', tick, { 'Content-Type': 'text/csv' }, 415, /application\/json/],
  ['a compressed body', tick, { 'Content-Encoding': 'gzip' }, 415, /uncompressed/],
  ['a body that is cut off', '[{"symbol":', {}, 400, /not JSON/],
  ['an object instead of an array', '{"symbol":"AAPL"}', {}, 400, /array/],
  ['an empty body', '', {}, 400, /not JSON/],
  ['bytes that are no UTF-8', Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]), {}, 400, /UTF-8/],
  ['more bytes than allowed', `["${'x'.repeat(1_048_576)}"]`, {}, 413, /1048576 bytes/],
  ['more ticks than allowed', `[${'1,'.repeat(10_000)}1]`, {}, 413, /10000 ticks/],
  ['a line that is no JSON', '{}\nnope', { 'Content-Type': 'application/x-ndjson' }, 400, /line 2/],
  ['brackets without end', '['.repeat(500_000), {}, 400, /not JSON/],
];
for (const [what, body, headers, status, message] of refusedBodies) {
  test(`${what} is answered with ${status} and what to do`, async (t) => {
    const { url, accepted } = await serve(t);
    const refused = await push(url, body, headers);
    assert.equal(refused.status, status);
    assert.match(JSON.stringify(refused.answer), message);
    assert.equal(accepted.length, 0);
    assert.equal((await push(url, tick)).status, 200); // and the server goes on
  });
}

test('a body without a stated length is cut at the limit, and answered', async (t) => {
  const { port } = await serve(t, { limits: { bodyMaxBytes: 1000, requestTimeoutMs: 60_000 } });
  const chunk = `1f4\r\n${'x'.repeat(500)}\r\n`;
  const head = `POST /ticks HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n`;
  const rest = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
  assert.match(await say(port, head + rest + chunk.repeat(4)), /^HTTP\/1.1 413 /);
});

test('a body that does not arrive in time ends with 408', async (t) => {
  const { port, accepted } = await serve(t, { limits: { requestTimeoutMs: 200 } });
  const head = `POST /ticks HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n`;
  const rest = `Content-Type: application/json\r\nContent-Length: ${tick.length + 1}\r\n\r\n`;
  assert.match(await say(port, head + rest + tick), /^HTTP\/1.1 408 /);
  assert.equal(accepted.length, 0);
});

test('headers that do not arrive in time end with 408', async (t) => {
  const { port } = await serve(t, { limits: { requestTimeoutMs: 200 } });
  assert.match(await say(port, 'POST /ticks HTTP/1.1\r\nHost: a\r\nX-Slow: '), /^HTTP\/1.1 408 /);
});

test('headers beyond 16 KB are answered with 431', async (t) => {
  const { port } = await serve(t);
  const headers = `X: ${'x'.repeat(20_000)}\r\n`;
  assert.match(await say(port, `POST /ticks HTTP/1.1\r\nHost: a\r\n${headers}\r\n`), /^HTTP\/1.1 431 /);
});

test('connections beyond the bound are closed, and those below it served', async (t) => {
  const { port, url } = await serve(t, { limits: { connectionsMax: 2, requestTimeoutMs: 60_000 } });
  const idle = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  await Promise.all(idle.map((socket) => once(socket, 'connect')));
  await assert.rejects(fetch(`${url}/health`));
  for (const socket of idle) socket.destroy();
  await until('one is served again', async () =>
    fetch(`${url}/health`).then(
      () => true,
      () => false,
    ),
  );
});

test('what is no HTTP is answered with 400', async (t) => {
  const { port } = await serve(t);
  assert.match(await say(port, Buffer.from([0x16, 3, 1, 0, 0xa5, 1, 0, 0])), /^HTTP\/1.1 400 /);
});

test('another method is answered with 405 and the right one, another path with 404', async (t) => {
  const { url } = await serve(t);
  const answers = await Promise.all([
    fetch(`${url}/ticks`),
    fetch(`${url}/sources`, { method: 'DELETE' }),
    fetch(`${url}/../etc/passwd`),
    fetch(`${url}/__proto__`),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [405, 405, 404, 404],
  );
  assert.equal(answers[0]?.headers.get('Allow'), 'POST');
});

test('numbers beyond every range, and names that objects inherit, are rejected one by one', async (t) => {
  const { url } = await serve(t);
  const body = `[{"symbol":"AAPL","price":1e999},{"symbol":"__proto__","price":1},
    {"symbol":"constructor","price":1},{"__proto__":{"symbol":"AAPL","price":1}},null,[],"x",
    {"symbol":"AAPL","price":1,"time":1e300},{"symbol":"AAPL","price":1,"time":"yesterday"}]`;
  const { answer } = await push(url, body);
  const codes = [...JSON.stringify(answer).matchAll(/"code":"(\w+)"/g)].map(([, code]) => code);
  const shapes = ['missing_field', 'malformed', 'malformed', 'malformed'];
  assert.deepEqual(codes, [
    ...['not_finite', 'unknown_symbol', 'unknown_symbol', ...shapes],
    ...['from_future', 'malformed'],
  ]);
});

test('whatever the body holds, parsing it does not throw', () => {
  fc.assert(
    fc.property(fc.anything(), fc.string(), (value, body) => {
      parseItem(value);
      parseJsonBody(body);
      parseJsonLines(body);
    }),
  );
});
