import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import WebSocket from 'ws';
import { closed } from '#runtime/closed-fixture.ts';
import { readConfig } from '#runtime/config/config.ts';
import { hostKeys } from '#runtime/http/known-hosts.ts';
import { say } from '#runtime/http/raw-http-fixture.ts';
import { parseNetworks } from './admission/network-address.ts';
import { hubKeys } from './config.ts';
import { edgeOf } from './edge-config.ts';
import type { HubLimits } from './hub-limits.ts';
import { type ListeningHub, startHub } from './socket-fixtures.ts';

async function start(
  t: TestContext,
  limits: Partial<HubLimits> = {},
  proxies: readonly string[] = [],
  edge: Parameters<typeof startHub>[4] = {},
) {
  const trustedProxies = parseNetworks(proxies);
  assert.ok(trustedProxies !== undefined);
  const hub = await startHub(limits, undefined, undefined, undefined, { trustedProxies, ...edge });
  t.after(() => hub.hub.stop());
  return hub;
}

/** Rates are counted by this clock: while it stands still nothing is granted anew, however long the test takes. */
function stopClock(t: TestContext): void {
  const stopped = performance.now();
  t.mock.method(performance, 'now', () => stopped);
}

/** The status that the handshake was answered with; 101 when the socket opened. */
async function handshake(hub: ListeningHub, headers: Record<string, string> = {}) {
  const socket = new WebSocket(hub.url, { headers });
  return new Promise<{ status: number; retryAfter: number; problem: string }>((resolve, reject) => {
    socket.on('open', () => resolve({ status: 101, retryAfter: 0, problem: '' }));
    socket.on('unexpected-response', (_request, response) => {
      const retryAfter = Number(response.headers['retry-after']);
      void text(response).then((problem) =>
        resolve({ status: response.statusCode ?? 0, retryAfter, problem }),
      );
    });
    socket.on('error', reject);
  });
}

test('a page of another origin gets no socket, and the reason', async (t) => {
  const hub = await start(t);
  const { status, problem } = await handshake(hub, { Origin: 'https://evil.example' });
  assert.equal(status, 403);
  assert.match(problem, /TICKWIRE_ORIGINS/);
  assert.equal((await handshake(hub, { Origin: `http://127.0.0.1:${hub.port}` })).status, 101);
  assert.equal((await handshake(hub)).status, 101);
  assert.equal(hub.hub.counts.refusedSockets.origin, 1);
});

test('a listed origin gets a socket on a hub of another name', async (t) => {
  const { origins } = edgeOf(
    readConfig({ ...hostKeys, ...hubKeys }, { TICKWIRE_ORIGINS: 'https://desk.example' }),
  );
  const hub = await start(t, {}, [], { origins });
  assert.equal((await handshake(hub, { Origin: 'https://desk.example' })).status, 101);
  assert.equal(
    (await handshake(hub, { Origin: `http://127.0.0.1:${hub.port}` })).status,
    101,
    'its own page',
  );
  assert.equal((await handshake(hub, { Origin: 'https://other.example' })).status, 403);
});

test('who connects too often is sent away with different times to come back', async (t) => {
  stopClock(t);
  const hub = await start(t, { connectionsPerSecond: 1 });
  const answers = await Promise.all(Array.from({ length: 40 }, () => handshake(hub)));
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length >= 30, `${refused.length} refused`);
  assert.ok(refused.every(({ retryAfter }) => retryAfter >= 1 && retryAfter <= 10));
  assert.ok(new Set(refused.map(({ retryAfter }) => retryAfter)).size > 1, 'spread');
  assert.equal(hub.hub.counts.refusedSockets.address_rate, refused.length);
  const pages = await Promise.all(
    Array.from({ length: 20 }, () => fetch(`http://127.0.0.1:${hub.port}/health`)),
  );
  const turnedAway = pages.filter(({ status }) => status === 429);
  assert.ok(turnedAway.length >= 10, `${turnedAway.length} of ${pages.length}`);
  const waits = new Set(turnedAway.map(({ headers }) => Number(headers.get('Retry-After'))));
  assert.ok(waits.size > 1 && [...waits].every((wait) => wait >= 1 && wait <= 10), 'spread as well');
});

test('handshakes that are refused for another reason count against the rate as well', async (t) => {
  stopClock(t);
  const hub = await start(t, { connectionsPerSecond: 1 });
  const hostile = { 'Sec-WebSocket-Protocol': 'gossip' };
  const answers = await Promise.all(Array.from({ length: 20 }, () => handshake(hub, hostile)));
  const statuses = answers.map(({ status }) => status);
  assert.ok(statuses.filter((status) => status === 429).length >= 10, statuses.join());
  assert.equal((await handshake(hub)).status, 429);
});

test('a long list of symbols counts as many requests', async (t) => {
  const names = Array.from({ length: 5000 }, (_, i) => `S${i}`);
  stopClock(t);
  const { hub, port } = await startHub({ connectionsPerSecond: 5 }, names);
  t.after(() => hub.stop());
  const ask = (): Promise<Response> => fetch(`http://127.0.0.1:${port}/symbols`);
  const answers = await Promise.all(Array.from({ length: 8 }, ask));
  const served = answers.filter(({ status }) => status === 200);
  assert.ok(served.length >= 2 && served.length <= 3, `${served.length} of 10 requests' worth each, of 20`);
  for (const answer of served) {
    const { symbols } = (await answer.json()) as { symbols: readonly unknown[] };
    assert.equal(symbols.length, names.length);
  }
});

test('behind a trusted proxy clients are counted apart, whatever they write into the header', async (t) => {
  stopClock(t);
  const hub = await start(t, { connectionsPerSecond: 1 }, ['127.0.0.1']);
  const from = (address: string) => handshake(hub, { 'X-Forwarded-For': `192.0.2.99, ${address}` });
  const loud = await Promise.all(Array.from({ length: 20 }, () => from('198.51.100.1')));
  assert.ok(loud.some(({ status }) => status === 429));
  assert.equal((await from('198.51.100.2')).status, 101);
});

test('a proxy that writes a header line of its own below the forged one is the one believed', async (t) => {
  const hub = await start(t, { socketsPerAddressMax: 1 }, ['127.0.0.1']);
  const upgrade = (forged: string, real: string): Promise<string> => {
    const socket = connect(hub.port, '127.0.0.1');
    t.after(() => socket.destroy());
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n` +
        `X-Forwarded-For: ${forged}\r\nX-Forwarded-For: ${real}\r\n\r\n`,
    );
    return once(socket, 'data').then(([chunk]) => String(chunk).slice(9, 12));
  };
  assert.equal(await upgrade('192.0.2.1', '198.51.100.1'), '101');
  assert.equal(await upgrade('192.0.2.2', '198.51.100.1'), '429');
});

test('without trusted proxies nobody can borrow an address', async (t) => {
  const hub = await start(t, { socketsPerAddressMax: 1 });
  assert.equal((await handshake(hub, { 'X-Forwarded-For': '198.51.100.1' })).status, 101);
  const second = await handshake(hub, { 'X-Forwarded-For': '198.51.100.2' });
  assert.equal(second.status, 429);
});

test('a request with a body is refused before the body comes, and cut off', async (t) => {
  const { port } = await start(t);
  for (const head of ['POST /symbols', 'GET /symbols', 'PUT /anything']) {
    assert.match(
      await say(port, `${head} HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\nx`),
      /^HTTP\/1.1 413 /,
    );
    const chunked = `${head} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n`;
    assert.match(await say(port, chunked), /^HTTP\/1.1 413 /);
  }
});

test('headers without end are refused with 431 or cut off, and cost others nothing', async (t) => {
  const hub = await start(t);
  const socket = connect(hub.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n');
  let heard = '';
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString('latin1');
  });
  const pump = setInterval(() => socket.write(`X: ${'y'.repeat(500)}\r\n`), 5);
  await closed(socket);
  clearInterval(pump);
  assert.match(heard, /^HTTP\/1.1 431 /);
  assert.equal((await handshake(hub)).status, 101);
});

test('who sends a request byte by byte is cut off within 15 s, though a byte comes every second', async (t) => {
  const { port } = await start(t);
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const began = performance.now();
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nX: ');
  const drip = setInterval(() => socket.write('y'), 1000);
  await closed(socket.resume());
  clearInterval(drip);
  assert.ok(performance.now() - began < 15_000);
});

test('a subprotocol header beyond all measure is refused without being read', async (t) => {
  const hub = await start(t);
  const { status } = await handshake(hub, {
    'Sec-WebSocket-Protocol': `tickwire.json.v1${', a'.repeat(10_000)}`,
  });
  // The binary for Node 20 leaves it to the hub, those for newer Nodes refuse the headers as a whole.
  assert.ok(status === 400 || status === 431, String(status));
});

test('every page and answer carries its security headers, and none promises TLS in the clear', async (t) => {
  const { port } = await start(t);
  for (const path of ['/', '/health', '/symbols', '/nothing-here']) {
    const { headers } = await fetch(`http://127.0.0.1:${port}${path}`);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
    assert.match(
      headers.get('content-security-policy') ?? '',
      /default-src 'none'.*frame-ancestors 'none'/,
      path,
    );
    assert.equal(headers.get('strict-transport-security'), null, path);
    assert.equal(headers.get('access-control-allow-origin'), null, path);
  }
});
