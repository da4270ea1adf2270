import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, test } from 'node:test';
import { symbolOf, symbolsOf } from '#feed-adapter/fixtures.ts';
import { RecordingSink } from '#feed-adapter/venues/recording-sink.ts';
import { fakeDeps, until } from '#feed-adapter/venues/transport/fake-venue-server.ts';
import type { Venue } from '#feed-adapter/venues/venue.ts';
import { createHttpPollVenue } from './http-poll.ts';
import type { HttpPollOptions } from './http-poll-options.ts';

const key = 'KEY-THAT-NOBODY-MAY-SEE';

let server: Server;
let origin: string;
/** URLs asked for, in order. */
let asked: string[];
let respond: (response: ServerResponse, request: IncomingMessage) => void;
let sink: RecordingSink;
let deps: ReturnType<typeof fakeDeps>;
let venue: Venue;

const priceOf = (price: unknown) => (response: ServerResponse) =>
  void response.end(JSON.stringify({ price }));

function start(over: Partial<HttpPollOptions> = {}): void {
  const symbols = symbolsOf('AAPL', 'TSLA').map((symbol) => ({ symbol }));
  const urlTemplate = `${origin}/price/{symbol}?apikey=${key}`;
  const options = { symbols, urlTemplate, pricePath: 'price', intervalMs: 1000, ...over };
  venue = createHttpPollVenue(options, { ...deps, fetch });
  venue.start(sink);
}

beforeEach(async () => {
  asked = [];
  respond = priceOf(1);
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    respond(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  origin = `http://127.0.0.1:${address.port}`;
  sink = new RecordingSink();
  deps = fakeDeps();
});

afterEach(async () => {
  await venue.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  assert.equal(deps.clock.pending, 0, 'no timer is left behind');
  assert.doesNotMatch(sink.states.join(), /NOBODY-MAY-SEE|127\.0\.0\.1/);
});

/** Goes on by `ms` and waits until so many requests are answered and the next ones are set. */
async function pollUntil(ms: number, requests: number): Promise<void> {
  await deps.clock.advance(ms);
  await until(`${requests} requests`, () => asked.length === requests);
  await until('all are answered', () => deps.clock.pending === 2);
}

test('each symbol is asked for under its venue name, at its own moment of the interval', async () => {
  start({ symbols: [{ symbol: symbolOf('AAPL') }, { symbol: symbolOf('XAU/USD'), venueSymbol: 'a/b' }] });
  await pollUntil(0, 1);
  await deps.clock.advance(499);
  assert.equal(asked.length, 1);
  await pollUntil(1, 2);
  assert.deepEqual(asked, [`/price/AAPL?apikey=${key}`, `/price/a%2Fb?apikey=${key}`]);
  assert.deepEqual(sink.ticks, [
    { symbol: 'AAPL', price: 1 },
    { symbol: 'XAU/USD', price: 1 },
  ]);
  assert.deepEqual(sink.states, ['connecting', 'live']);
});

test('a price that has not changed is reported once', async () => {
  start({ symbols: symbolsOf('AAPL').map((symbol) => ({ symbol })) });
  for (const [round, price] of [5, 5, 5, 6].entries()) {
    respond = priceOf(price);
    await deps.clock.advance(round === 0 ? 0 : 1000);
    await until('answered', () => asked.length === round + 1 && deps.clock.pending === 1);
  }
  assert.deepEqual(
    sink.ticks.map((tick) => tick.price),
    [5, 6],
  );
});

test('one request brings all symbols, with the key in its header', async () => {
  let header: unknown;
  respond = (response, request) => {
    header = request.headers['x-api-key'];
    response.end('{"items":[{"id":"TSLA","price":2},{"id":"AAPL","price":"1"}]}');
  };
  const paths = { itemsPath: 'items', symbolPath: 'id' };
  start({ urlTemplate: `${origin}/all`, ...paths, headerName: 'X-Api-Key', headerValue: key });
  await deps.clock.advance(0);
  await until('ticks', () => sink.ticks.length === 2);
  assert.equal(header, key);
  assert.deepEqual(asked, ['/all']);
});

test('a symbol whose request is not answered yet is not asked for again', async () => {
  const waiting: ServerResponse[] = [];
  respond = (response) => void waiting.push(response);
  start({ symbols: symbolsOf('AAPL').map((symbol) => ({ symbol })) });
  await deps.clock.advance(0);
  await until('asked', () => waiting.length === 1);
  await deps.clock.advance(10_000);
  assert.equal(asked.length, 1);
  waiting[0]?.end('{"price":1}');
  await until('answered', () => sink.ticks.length === 1 && deps.clock.pending === 1);
  await deps.clock.advance(0);
  await until('asked again at once, being late', () => asked.length === 2);
});

test('429 holds back every symbol for as long as Retry-After says', async () => {
  respond = (response) => void response.writeHead(429, { 'retry-after': '30' }).end();
  start();
  await pollUntil(0, 1);
  respond = priceOf(1);
  await deps.clock.advance(29_000);
  assert.equal(asked.length, 1, 'nor is the other symbol asked for');
  await deps.clock.advance(1200);
  await until('both are asked for', () => asked.length === 2);
});

test('errors are counted, reported without the URL, and slow the symbol down', async () => {
  respond = (response) => void response.writeHead(500).end('{"price":1}');
  start();
  await pollUntil(0, 1);
  assert.deepEqual(sink.rejections, ['venue_error']);
  assert.equal(sink.states.at(-1), 'connecting: 1 of 2 requests fail: HTTP 500');
  respond = priceOf(1);
  await pollUntil(500, 2);
  assert.equal(sink.states.at(-1), 'live: 1 of 2 requests fail: HTTP 500');
  await deps.clock.advance(600);
  assert.equal(asked.length, 2, 'the failed one would have been due');
  await deps.clock.advance(900);
  await until('live without a problem', () => sink.states.at(-1) === 'live');
});

test('a source that fails altogether is stale', async () => {
  start();
  await pollUntil(0, 1);
  respond = (response) => void response.writeHead(403).end();
  await pollUntil(500, 2);
  await pollUntil(500, 3);
  assert.equal(sink.states.at(-1), 'stale: 2 of 2 requests fail: HTTP 403: check the API key');
});

test('a redirect is refused, because it would carry the key elsewhere', async () => {
  respond = (response) => void response.writeHead(302, { location: `${origin}/elsewhere` }).end();
  start();
  await pollUntil(0, 1);
  assert.equal(sink.states.at(-1), 'connecting: 1 of 2 requests fail: HTTP 302, a redirect');
  assert.ok(!asked.includes('/elsewhere'));
});

test('an answer that is too large, also unannounced, is refused', async () => {
  respond = (response) => {
    response.write('"');
    response.end(`${'x'.repeat(5000)}"`);
  };
  start({ bodyMaxBytes: 1000 });
  await pollUntil(0, 1);
  assert.equal(sink.states.at(-1), 'connecting: 1 of 2 requests fail: an answer of more than 1000 bytes');
});

test('an answer that is not JSON is malformed', async () => {
  respond = (response) => void response.end('<html>');
  start();
  await pollUntil(0, 1);
  assert.deepEqual(sink.rejections, ['malformed']);
  assert.equal(sink.states.at(-1), 'connecting: 1 of 2 requests fail: the answer is not JSON');
});

test('an answer that does not come in time is given up', async () => {
  respond = (response) => void response.writeHead(200).write('{"price":');
  start({ timeoutMs: 2000 }); // long enough for the request to get there
  await pollUntil(0, 1);
  assert.equal(sink.states.at(-1), 'connecting: 1 of 2 requests fail: no answer within 2000 ms');
});

test('a source that is not there is reported with the code of the failure', async () => {
  start({ urlTemplate: `http://127.0.0.1:1/{symbol}?apikey=${key}` });
  await deps.clock.advance(0);
  await until('failed', () => sink.states.length === 2);
  assert.match(sink.states[1] ?? '', /^connecting: 1 of 2 requests fail: request failed(: \w+)?$/);
});

test('nothing is reported after the stop, and a request under way is aborted', async () => {
  let aborted = false;
  respond = (response) => void response.once('close', () => (aborted = true));
  start();
  await deps.clock.advance(0);
  await until('asked', () => asked.length === 1);
  await venue.stop();
  await until('aborted', () => aborted);
  assert.deepEqual(sink.states, ['connecting']);
  assert.deepEqual(sink.rejections, []);
});
