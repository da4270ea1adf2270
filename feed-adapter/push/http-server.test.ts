import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { FanoutError, type SourceStatus } from '#fanout/ports.ts';
import { noon } from '#feed-adapter/fixtures.ts';
import { closed } from '#runtime/closed-fixture.ts';
import { say } from '#runtime/http/raw-http-fixture.ts';
import { push, serve } from './http-fixture.ts';

test('each pushed tick is answered on its own, with what to do about a bad one', async (t) => {
  const { url, accepted } = await serve(t);
  const ticks = [
    { symbol: 'AAPL', price: 150, size: 1, trade_id: 7, time: '2024-11-07T17:20:00.000Z' },
    { symbol: 'AAPL', price: 0 },
    { symbol: 'AAPL', price: '150' },
    { symbol: 'TSLA' },
    { symbol: 'TSLA', price: 700 },
    { symbol: 'AAPL', price: 150, trade_id: '7' },
  ];
  const { status, answer } = await push(url, JSON.stringify(ticks));
  assert.equal(status, 200);
  assert.deepEqual(answer, {
    accepted: 3,
    rejected: 3,
    waiting: 0,
    results: [
      { index: 0, status: 'accepted', position: `${noon}-0` },
      {
        ...{ index: 1, status: 'rejected', code: 'not_positive' },
        message: 'price, bid and ask must be above 0, size and volume at least 0',
      },
      {
        ...{ index: 2, status: 'rejected', code: 'malformed' },
        message: 'price must be a number, without quotes',
      },
      { index: 3, status: 'rejected', code: 'missing_field', message: 'a tick needs symbol and price' },
      { index: 4, status: 'accepted', position: `${noon}-1` },
      { index: 5, status: 'accepted', position: `${noon}-0` }, // the trade at index 0 once more, which is published once
    ],
  });
  assert.deepEqual(accepted, [
    { symbol: 'AAPL', price: 150, size: 1, venueTime: noon, tradeId: '7' },
    { symbol: 'TSLA', price: 700 },
  ]);
});

test('JSON Lines are taken as well, empty lines left out', async (t) => {
  const { url, accepted } = await serve(t);
  const lines = `{"symbol":"AAPL","price":150,"time":${noon}}\n\r\n{"symbol":"TSLA","price":700}\n`;
  const { status } = await push(url, lines, { 'Content-Type': 'application/x-ndjson; charset=utf-8' });
  assert.deepEqual([status, accepted.map(({ price }) => price)], [200, [150, 700]]);
});

test('while another process leads, pushing is answered with 503 and when to try again', async (t) => {
  const { url, venue } = await serve(t);
  await venue.stop();
  const { status, headers } = await push(url, '[{"symbol":"AAPL","price":150}]');
  assert.deepEqual([status, headers.get('Retry-After')], [503, '1']);
});

test('a request that does not fit in the queue is refused as a whole', async (t) => {
  const { url, accepted } = await serve(t, { room: 1 });
  const tick = { symbol: 'AAPL', price: 150 };
  assert.equal((await push(url, JSON.stringify([tick, tick]))).status, 503);
  assert.equal(accepted.length, 0);
  assert.equal((await push(url, JSON.stringify([tick]))).status, 200);
});

test('the sources of all processes are listed', async (t) => {
  const status: SourceStatus = {
    ...{ source: 'push', instance: 'a', state: 'leading', symbols: 2, published: 1 },
    ...{ rejected: {}, gaveUp: 0, venueGaps: 0, reconnects: 0 },
  };
  const { url } = await serve(t, { deps: { sources: async () => [status] } });
  const response = await fetch(`${url}/sources?pretty`);
  assert.deepEqual(await response.json(), { sources: [status] });
});

test('while Redis is away the list of sources is answered with 503', async (t) => {
  const sources = async () => {
    throw new FanoutError('unavailable', 'no connection');
  };
  const { url } = await serve(t, { deps: { sources } });
  assert.equal((await fetch(`${url}/sources`)).status, 503);
});

test('health is 200, or 503 with the problem', async (t) => {
  let problem: string | undefined;
  const { url } = await serve(t, { deps: { problem: () => problem } });
  assert.equal((await fetch(`${url}/health`)).status, 200);
  problem = 'Redis is away';
  const response = await fetch(`${url}/health`);
  assert.deepEqual([response.status, await response.json()], [503, { status: 'unavailable', problem }]);
});

test('without a push source, pushing is answered with how to turn it on', async (t) => {
  const { url } = await serve(t, { deps: { push: undefined } });
  const { status, answer } = await push(url, '[]');
  assert.equal(status, 404);
  assert.match(JSON.stringify(answer), /TICKWIRE_PUSH_TOKEN/);
});

test('a page that gave this machine a name of its own reads nothing', async (t) => {
  const { port } = await serve(t);
  for (const path of ['/sources', '/health']) {
    const request = `GET ${path} HTTP/1.1\r\nHost: evil.example:${port}\r\n\r\n`;
    assert.match(await say(port, request), /^HTTP\/1.1 421 [\s\S]*TICKWIRE_HOSTS/);
  }
});

test('a bug in the work for one request is answered with 500, and the process goes on', async (t) => {
  const { url } = await serve(t, { deps: { sources: () => assert.fail('a bug') } });
  const answer = await fetch(`${url}/sources`);
  assert.equal(answer.status, 500);
  assert.doesNotMatch(await answer.text(), /a bug/);
  assert.equal((await fetch(`${url}/health`)).status, 200);
});

test('closing does not wait for a connection that says nothing', async (t) => {
  const { server, port } = await serve(t, { limits: { closeGraceMs: 50 } });
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /ticks HTTP/1.1\r\nHost: a\r\n');
  const ended = closed(socket);
  await server.close();
  await ended;
});
