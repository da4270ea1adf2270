import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SignJWT } from 'jose';
import { codecs } from '#protocol/codec.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '#runtime/tracing/otlp-fixture.ts';
import { readMetrics } from './harness/metrics-page.ts';
import type { HubProcess, Settings } from './harness/processes.ts';
import { connectRaw, type RawClient } from './harness/raw-client.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { Scene } from './harness/scene.ts';

const symbols = ['ZEBRA', 'QUAGGA'];
const unknown = 'UNICORN';
const user = 'ursula-the-user';
const secret = 'a secret that is long enough for an HMAC';
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const callerId = '00f067aa0ba902b7';

function tracedTo({ url }: OtlpReceiver): Settings {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: 50,
  };
}

async function openScene(t: TestContext) {
  const scene = await Scene.open(t, await startRedis());
  const receiver = await startOtlpReceiver();
  t.after(() => receiver.stop());
  return { scene, receiver };
}

async function mint(): Promise<string> {
  return new SignJWT({ sub: user })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret));
}

/** In the trace of somebody before the hub, with its token in the handshake. */
async function connect(url: string, token: string): Promise<RawClient> {
  const client = await connectRaw(url, {
    offer: [codecs.json.subprotocol, `tickwire.token.${token}`],
    headers: { traceparent: `00-${traceId}-${callerId}-01` },
  });
  await client.waitForType('authenticated');
  return client;
}

/** Opens a session and a socket with its ticket, which is returned. */
async function useTicket(hub: HubProcess, token: string): Promise<string> {
  const headers = { Authorization: `Bearer ${token}`, traceparent: `00-${traceId}-${callerId}-01` };
  const answer = await fetch(`http://127.0.0.1:${hub.port}/session`, { method: 'POST', headers });
  const { websocket_url: url } = (await answer.json()) as { websocket_url: string };
  const client = await connectRaw(url);
  await client.waitForType('authenticated');
  await client.cut();
  return new URL(url).searchParams.get('ticket') ?? assert.fail('the URL has a ticket');
}

function only(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.filter((span) => span.name === name);
  assert.equal(found.length, 1, `${found.length} spans of ${name}`);
  return found[0] ?? assert.fail();
}

function assertTicketTraced(spans: readonly ReceivedSpan[]): void {
  const opening = only(spans, 'POST /session');
  assert.deepEqual([opening.traceId, opening.parentSpanId], [traceId, callerId]);
  assert.equal(opening.attributes['http.response.status_code'], 200);
  assert.deepEqual(only(spans, 'redeem').attributes, { 'tickwire.outcome': 'accepted' });
}

test('a connection, its token, its subscribe and its resume are one trace, which tells nothing secret', async (t) => {
  const { scene, receiver } = await openScene(t);
  const publisher = await scene.createPublisher(symbols, { rate: 100 });
  await publisher.burst(400);
  const auth = { AUTH: 'jwt', JWT_SECRET: secret, TAIL_ENTRIES: 8 };
  const hub = await scene.startHub({ ...tracedTo(receiver), ...auth });
  const token = await mint();
  const client = await connect(hub.url, token);
  const { session } = await client.waitForType('welcome');
  const { epoch = 0 } = scene.last.get('ZEBRA') ?? {};
  client.send({
    type: 'subscribe',
    symbols: [...symbols, unknown],
    since: { ZEBRA: `${epoch}-50`, QUAGGA: '1-1' },
  });
  await client.waitFor((message) => message.type === 'price_update' && message.data.ZEBRA?.seq === 199);
  await client.cut();
  await receiver.until('the replay is traced', (spans) => spans.some(({ name }) => name === 'replay'));

  const connection = only(receiver.spans, 'GET /ws');
  assert.deepEqual([connection.traceId, connection.parentSpanId], [traceId, callerId]);
  assert.deepEqual([connection.service, connection.kind], ['tickwire-hub', 2]);
  assert.deepEqual(connection.attributes, {
    'http.request.method': 'GET',
    'http.route': '/ws',
    'http.response.status_code': 101,
    'tickwire.format': 'json',
  });
  const authentication = only(receiver.spans, 'authenticate');
  assert.deepEqual(authentication.attributes, { 'tickwire.outcome': 'accepted' });
  const subscribe = only(receiver.spans, 'subscribe');
  assert.deepEqual(subscribe.attributes, {
    'tickwire.symbols': 2,
    'tickwire.rejected': 1,
    'tickwire.opened': 2,
    'tickwire.opened_from': 'redis',
  });
  const resume = only(receiver.spans, 'resume');
  assert.deepEqual(resume.attributes, {
    'tickwire.pages': 1,
    'tickwire.entries': 192,
    'tickwire.resumed_from': 'stream',
    'tickwire.recovered': 1,
    'tickwire.reset.epoch_changed': 1,
  });
  const replay = only(receiver.spans, 'replay');
  assert.deepEqual(replay.attributes, { 'tickwire.updates': 149, 'tickwire.outcome': 'caught_up' });
  assert.deepEqual(
    [authentication, subscribe, resume, replay].map(({ parentSpanId }) => parentSpanId),
    [connection.spanId, connection.spanId, subscribe.spanId, subscribe.spanId],
  );

  const ticket = await useTicket(hub, token);
  await receiver.until('the ticket is traced', (spans) => spans.some(({ name }) => name === 'redeem'));
  assertTicketTraced(receiver.spans);

  assert.equal(await hub.end(), 0);
  const everything = receiver.requests.map(({ body }) => body).join('\n');
  const secrets = [user, session, token, ...token.split('.'), ticket, secret];
  for (const hidden of [...secrets, ...symbols, unknown, '127.0.0.1'])
    assert.ok(!everything.includes(hidden), hidden);
});

test('the adapter tells of its lease, of one batch a second, and of its end', async (t) => {
  const { scene, receiver } = await openScene(t);
  const feed = await scene.startFeed({ ...tracedTo(receiver), VENUES: 'simulated', SIMULATED_RATE: 2000 });
  await receiver.until(
    'two batches came',
    (spans) => spans.filter(({ name }) => name === 'publish batch').length > 1,
  );
  assert.equal(await feed.end(), 0);
  const { spans } = receiver;
  assert.deepEqual(only(spans, 'lease leading').attributes, { 'tickwire.source': 'simulated' });
  assert.deepEqual(only(spans, 'lease standby').attributes, {
    'tickwire.source': 'simulated',
    'tickwire.reason': 'stopped',
  });
  const [batch] = spans.filter(({ name }) => name === 'publish batch');
  assert.deepEqual([batch?.service, batch?.kind, batch?.parentSpanId], ['tickwire-feed', 4, '']);
  const { 'messaging.batch.message_count': ticks, ...others } = batch?.attributes ?? {};
  assert.ok(Number(ticks) > 0);
  assert.deepEqual(others, {
    'messaging.operation.type': 'send',
    'tickwire.source': 'simulated',
    'tickwire.group': 0,
    'tickwire.tries': 1,
    'tickwire.answer': 'published',
  });
});

test('with the receiver away clients miss nothing, the log has one warning, and the spans are counted', async (t) => {
  const { scene } = await openScene(t);
  const publisher = await scene.createPublisher(symbols, { rate: 500 });
  await publisher.burst(symbols.length);
  publisher.start();
  const hub = await scene.startHub({
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_EXPORTER_OTLP_TIMEOUT: 200 },
    OTEL_BSP_SCHEDULE_DELAY: 50,
  });
  const dropped = async (): Promise<number> =>
    (await readMetrics(hub)).value('tickwire_spans_dropped_total', { reason: 'export' });
  for (const name of ['first', 'second']) {
    const before = await dropped();
    await scene.watch(hub.url, name, { symbols });
    await until('its spans are dropped', async () => (await dropped()) > before);
  }
  await scene.advance(symbols, 50);
  await scene.finish();
  assert.equal(hub.output().split('traces can not be exported').length, 2, hub.output());
  assert.equal(await hub.end(), 0);
});

/** The scripts that a hub has loaded by its end, as V8 lists them for coverage. */
async function loadedBy(t: TestContext, settings: Settings): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-loaded-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { scene } = await openScene(t);
  process.env.NODE_V8_COVERAGE = folder; // inherited by what is started now
  const hub = await scene.startHub(settings);
  delete process.env.NODE_V8_COVERAGE;
  assert.equal(await hub.end(), 0);
  return readdirSync(folder).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { result: { url: string }[] };
    return result.map(({ url }) => url);
  });
}

test('a process without an endpoint loads nothing of OpenTelemetry but what prom-client brings', async (t) => {
  const sdk = /@opentelemetry\/(?!api\/)/;
  const without = await loadedBy(t, {});
  assert.deepEqual(
    without.filter((url) => sdk.test(url)),
    [],
  );
  assert.ok(
    without.some((url) => url.includes('prom-client')),
    'the list has packages',
  );
  const using = await loadedBy(t, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  assert.ok(
    using.some((url) => sdk.test(url)),
    'the list would show them',
  );
});
