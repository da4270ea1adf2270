import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { counter, createRegistry, gauge, type MetricsRegistry } from '#runtime/metrics.ts';
import { anyHost, createKnownHosts } from './known-hosts.ts';
import { createOperationsServer, type OperationsServer, operationsLimits } from './operations-server.ts';
import { say } from './raw-http-fixture.ts';

/** A server takes its registry for itself: it adds a metric. */
function filledRegistry(): MetricsRegistry {
  const registry = createRegistry('test');
  counter(registry, { name: 'tickwire_seen_total', help: 'for the test' }).inc(3);
  return registry;
}

async function open(
  t: TestContext,
  registry = filledRegistry(),
): Promise<{ server: OperationsServer; url: string }> {
  const server = await createOperationsServer(
    { registry, knownHost: anyHost },
    { ...operationsLimits, host: '127.0.0.1', port: 0 },
  );
  t.after(() => server.close());
  return { server, url: `http://127.0.0.1:${server.port}` };
}

async function ask(url: string, init?: RequestInit): Promise<{ status: number; text: string }> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(5000) });
  return { status: response.status, text: await response.text() };
}

test('metrics are served as Prometheus text', async (t) => {
  const { url } = await open(t);
  const { status, text } = await ask(`${url}/metrics?name=x`);
  assert.equal(status, 200);
  assert.match(text, /^tickwire_seen_total\{process="test"\} 3$/m);
});

test('metrics that can not be read are a 500, not a crash', async (t) => {
  const broken = createRegistry('test');
  gauge(broken, {
    name: 'tickwire_broken',
    help: 'for the test',
    read: () => {
      throw new Error('gone');
    },
  });
  const { url } = await open(t, broken);
  assert.deepEqual(await ask(`${url}/metrics`), {
    status: 500,
    text: 'metrics can not be read: Error: gone\n',
  });
});

test('a process is not ready while a check says why, but it is alive', async (t) => {
  const { server, url } = await open(t);
  let problem: string | undefined = 'no connection';
  server.readiness('redis', () => problem);
  server.readiness('hub', () => undefined);
  assert.deepEqual(await ask(`${url}/readyz`), { status: 503, text: 'redis: no connection\n' });
  assert.deepEqual(await ask(`${url}/livez`), { status: 200, text: 'ok\n' });
  problem = undefined;
  assert.deepEqual(await ask(`${url}/readyz`), { status: 200, text: 'ready\n' });
});

test('whether a process is ready is a metric, too', async (t) => {
  const { server, url } = await open(t);
  const ready = async () =>
    /^tickwire_ready\{process="test"\} (\d)$/m.exec((await ask(`${url}/metrics`)).text)?.[1];
  assert.equal(await ready(), '0', 'before the first check');
  let problem: string | undefined;
  server.readiness('redis', () => problem);
  assert.equal(await ready(), '1');
  problem = 'no connection';
  assert.equal(await ready(), '0');
});

test('a process whose parts have yet to be built is not ready', async (t) => {
  const { url } = await open(t);
  assert.deepEqual(await ask(`${url}/readyz`), { status: 503, text: 'starting\n' });
});

test('a check that throws counts as not ready', async (t) => {
  const { server, url } = await open(t);
  server.readiness('hub', () => {
    throw new Error('gone');
  });
  assert.deepEqual(await ask(`${url}/readyz`), { status: 503, text: 'hub: check failed: Error: gone\n' });
});

test('other paths are 404 and say what there is, other methods are 405', async (t) => {
  const { url } = await open(t);
  const missing = await ask(`${url}/constructor`);
  assert.deepEqual(missing, { status: 404, text: 'here are /metrics, /livez and /readyz\n' });
  assert.equal((await ask(`${url}/metrics`, { method: 'DELETE' })).status, 405);
  assert.deepEqual(await ask(`${url}/livez`, { method: 'HEAD' }), { status: 200, text: '' });
});

test('an idle connection does not hold up the close', async () => {
  const server = await createOperationsServer(
    { registry: filledRegistry(), knownHost: anyHost },
    { ...operationsLimits, host: '127.0.0.1', port: 0 },
  );
  const socket = connect(server.port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await new Promise((resolve) => socket.once('connect', resolve));
  await server.close();
  await closed;
});

test('a port that is taken is an error of the start', async (t) => {
  const { server } = await open(t);
  const second = createOperationsServer(
    { registry: filledRegistry(), knownHost: anyHost },
    { ...operationsLimits, host: '127.0.0.1', port: server.port },
  );
  await assert.rejects(second, { name: 'PortError', message: /TICKWIRE_OPERATIONS_PORT/ });
});

test('a page that gave this machine a name of its own can not read metrics', async (t) => {
  const deps = { registry: filledRegistry(), knownHost: createKnownHosts(['ops.example']) };
  const server = await createOperationsServer(deps, { ...operationsLimits, host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  const asked = (host: string): Promise<string> =>
    say(server.port, `GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  assert.match(await asked('evil.example:9090'), /^HTTP\/1.1 421 [\s\S]*TICKWIRE_HOSTS/);
  for (const host of ['127.0.0.1:9090', 'localhost', 'hub:9090', 'ops.example'])
    assert.match(await asked(host), /^HTTP\/1.1 200 /, host);
});

test('a body is refused before it comes, headers beyond 16 KB as well', async (t) => {
  const { server } = await open(t);
  for (const head of ['GET /metrics', 'POST /metrics', 'GET /livez'])
    assert.match(
      await say(server.port, `${head} HTTP/1.1\r\nHost: a\r\nContent-Length: 999999\r\n\r\nx`),
      /^HTTP\/1.1 413 /,
    );
  const headers = `X: ${'y'.repeat(20_000)}`;
  assert.match(
    await say(server.port, `GET /livez HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n`),
    /^HTTP\/1.1 431 /,
  );
});

test('a request that does not arrive in time ends with 408', async (t) => {
  const limits = { ...operationsLimits, requestTimeoutMs: 200, host: '127.0.0.1', port: 0 };
  const server = await createOperationsServer({ registry: filledRegistry(), knownHost: anyHost }, limits);
  t.after(() => server.close());
  assert.match(await say(server.port, 'GET /metrics HTTP/1.1\r\nHost: a\r\nX-Slow: '), /^HTTP\/1.1 408 /);
});
