import assert from 'node:assert/strict';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { type GatewayHub, type GatewayProcess, startGateway } from './harness/gateway-process.ts';
import { readMetrics } from './harness/metrics-page.ts';
import type { HubProcess } from './harness/processes.ts';
import { connectRaw } from './harness/raw-client.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { Scene, type SceneTest, symbolNames } from './harness/scene.ts';

const symbols = symbolNames(3);

/** Two hubs that all tests but one share; the last one ends them. */
let shared: Awaited<ReturnType<typeof startHubs>>;
const ends: (() => Promise<void>)[] = [];
before(async () => {
  const test: SceneTest = { after: (end) => ends.push(end), diagnostic: () => undefined };
  shared = await startHubs(test, { ORIGINS: 'https://desk.example' });
});
after(async () => {
  for (const end of ends) await end();
});

/** Two hubs that trust the gateway. */
async function startHubs(t: SceneTest, settings: Record<string, string | number> = {}) {
  const scene = await Scene.open(t, await startRedis());
  const publisher = await scene.createPublisher(symbols, { rate: 100 });
  await publisher.burst(symbols.length);
  const start = (): Promise<HubProcess> => scene.startHub({ TRUSTED_PROXIES: '127.0.0.1', ...settings });
  const [first, second] = await Promise.all([start(), start()]);
  return { first, second, hubs: [named('a', first), named('b', second)] };
}

function named(id: string, { port, operationsPort }: HubProcess): GatewayHub {
  return { id, port, operationsPort };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** One request on a connection of its own. @param from one of the addresses of the loopback */
async function ask(
  { port }: GatewayProcess,
  path: string,
  {
    from = '127.0.0.1',
    method = 'GET',
    headers = {},
  }: { from?: string; method?: string; headers?: object } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', localAddress: from, port, path, method, agent: false };
    const asked = request({ ...options, headers: { ...headers } }, (response) => {
      const { statusCode: status = 0, headers } = response;
      text(response).then((body) => resolve({ status, headers, body }), reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function sockets(hub: HubProcess): Promise<number> {
  return (await readMetrics(hub)).value('tickwire_hub_sockets');
}

test('sockets go to the hub that has fewest, and to the one that they name', async (t) => {
  const { first, second, hubs } = shared;
  const gateway = await startGateway(t, hubs);
  const six = await Promise.all(Array.from({ length: 6 }, () => connectRaw(gateway.url)));
  assert.deepEqual([await sockets(first), await sockets(second)], [3, 3]);
  const named = await Promise.all(Array.from({ length: 4 }, () => connectRaw(`${gateway.url}?node=b`)));
  const unknown = await connectRaw(`${gateway.url}?node=nobody`);
  assert.deepEqual([await sockets(first), await sockets(second)], [4, 7]);
  const refused = await connectRaw(`${gateway.url}?ticket=none-such`);
  await refused.closed;
  assert.match(gateway.output(), /GET \/ws /);
  assert.doesNotMatch(gateway.output(), /none-such/, 'tickets are not in its log');
  for (const client of [...six, ...named, unknown]) await client.cut();
});

test('pages come through the gateway, the registry and the metrics do not', async (t) => {
  const gateway = await startGateway(t, shared.hubs);
  const page = await ask(gateway, '/');
  assert.equal(page.status, 200);
  assert.match(page.body, /<html/);
  assert.equal((await ask(gateway, '/health')).status, 200);
  assert.equal((await ask(gateway, '/ws')).status, 426, 'the hub itself says that this wants a socket');
  for (const path of ['/services', '/services/hub', '/%73ervices/hub', '/Services/hub', '/metrics'])
    assert.equal((await ask(gateway, path)).status, 404, path);
  assert.equal((await ask(gateway, '/services/hub', { method: 'POST' })).body, '{"error":"Not here"}');
});

test('what is the same for all is answered from the cache, and nothing else is', async (t) => {
  const gateway = await startGateway(t, shared.hubs);
  const cached = async (path: string): Promise<unknown> => (await ask(gateway, path)).headers['cache-status'];
  for (const path of ['/', '/page.js', '/symbols', '/sources']) {
    assert.equal(await cached(path), undefined, path);
    assert.equal(await cached(path), 'gateway; hit', path);
  }
  const tag = String((await ask(gateway, '/page.js')).headers.etag);
  assert.equal((await ask(gateway, '/page.js', { headers: { 'If-None-Match': tag } })).status, 304);
  for (const path of ['/health', '/health', '/page.js?1', '/page.js?1', '/none', '/none'])
    assert.equal(await cached(path), undefined, path);
});

test('a page of a listed origin reads its own answer, not one from the cache', async (t) => {
  const gateway = await startGateway(t, shared.hubs);
  for (const origin of [undefined, 'https://desk.example', 'https://other.example', 'https://desk.example']) {
    const headers = origin === undefined ? {} : { Origin: origin };
    const answer = await ask(gateway, '/symbols', { headers });
    const allowed = origin === 'https://desk.example' ? origin : undefined;
    assert.equal(answer.headers['access-control-allow-origin'], allowed, origin);
    assert.equal(answer.headers.vary, 'Origin', origin);
    if (origin !== undefined) assert.equal(answer.headers['cache-status'], undefined, origin);
  }
});

test('an address that asks or connects too often gets 429 with a time to wait, and others do not notice', async (t) => {
  const gateway = await startGateway(t, shared.hubs, { ADDRESS_REQUESTS_10S: 8, ADDRESS_CONNECTIONS: 3 });
  const [greedy, other] = ['127.0.0.7', '127.0.0.8'];
  const answers: Answer[] = [];
  for (let i = 0; i < 12; i++) answers.push(await ask(gateway, '/health', { from: greedy }));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [...Array<number>(8).fill(200), ...Array<number>(4).fill(429)],
  );
  assert.equal(answers.at(-1)?.headers['retry-after'], '5');
  assert.match(answers.at(-1)?.body ?? '', /Too many requests from this address/);

  const open = Array.from({ length: 3 }, () => new WebSocket(gateway.url, { localAddress: other }));
  await until('three are open', () => open.every(({ readyState }) => readyState === WebSocket.OPEN));
  const fourth = await ask(gateway, '/health', { from: other });
  assert.equal(fourth.status, 429);
  assert.match(fourth.body, /Too many connections from this address/);
  open[0]?.terminate();
  await until(
    'there is room again',
    async () => (await ask(gateway, '/health', { from: other })).status === 200,
  );
  for (const socket of open) socket.terminate();
});

test('the hub counts by the address of the client, whatever that says of itself', async (t) => {
  const { hubs } = await startHubs(t, { CONNECTIONS_PER_SECOND: 1 });
  const gateway = await startGateway(t, hubs);
  const flood = async (from: string): Promise<number[]> => {
    const found: number[] = [];
    for (let i = 0; i < 20; i++) {
      const headers = { 'X-Forwarded-For': `10.0.0.${i}`, Forwarded: `for=10.0.0.${i}` };
      found.push((await ask(gateway, '/health', { from, headers })).status);
    }
    return found;
  };
  assert.ok((await flood('127.0.0.21')).includes(429), 'the hub has seen one address');
  assert.equal((await ask(gateway, '/health', { from: '127.0.0.22' })).status, 200, 'and knows another');
});

test('a hub that has gone is not insisted on, and with none ready the gateway says when to try again', async (t) => {
  const { first, second, hubs } = shared;
  const gateway = await startGateway(t, hubs);
  await second.end('SIGKILL'); // the gateway has not seen it yet
  const elsewhere = await connectRaw(`${gateway.url}?node=b`);
  assert.equal(await sockets(first), 1);
  await elsewhere.cut();
  await first.end('SIGKILL');
  await until('both are down', async () => {
    const states = await Promise.all(['a', 'b'].map((id) => gateway.statistic(`sockets/${id}`, 'status')));
    return states.every((state) => state === 'DOWN');
  });
  const answer = await ask(gateway, '/health');
  assert.equal(answer.status, 503);
  assert.equal(answer.headers['retry-after'], '2');
  assert.match(answer.body, /No hub is ready/);
});
