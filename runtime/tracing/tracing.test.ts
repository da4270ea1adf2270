import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { readConfig } from '#runtime/config/config.ts';
import { createLogger } from '#runtime/logger.ts';
import { createRegistry, type MetricsRegistry } from '#runtime/metrics.ts';
import { type OtlpReceiver, startOtlpReceiver } from './otlp-fixture.ts';
import { parseTraceparent } from './trace-context.ts';
import { traceKeys } from './trace-keys.ts';
import { noTracer, type Tracer } from './tracer.ts';
import { startTracing } from './tracing.ts';

interface Traced {
  readonly tracer: Tracer;
  readonly registry: MetricsRegistry;
  /** Messages and levels of the log. */
  readonly logged: string[];
  /** What the shutdown does. */
  close(): Promise<void>;
}

async function trace(env: Readonly<Record<string, string>>): Promise<Traced> {
  const registry = createRegistry('test');
  const logged: string[] = [];
  const write = (line: string): void => {
    const { level, msg } = JSON.parse(line) as { level: number; msg: string };
    logged.push(`${level} ${msg}`);
  };
  const steps: (() => Promise<void>)[] = [];
  const tracer = await startTracing(
    {
      ...{
        service: 'tickwire-test',
        instance: 'one',
        registry,
        log: createLogger('test', 'debug', { write }),
      },
      shutdown: { register: (_name, stop) => void steps.push(stop) },
    },
    readConfig(traceKeys, env),
  );
  return {
    ...{ tracer, registry, logged },
    async close() {
      for (const stop of steps) await stop();
    },
  };
}

async function receiverFor(t: TestContext): Promise<OtlpReceiver> {
  const receiver = await startOtlpReceiver();
  t.after(() => receiver.stop());
  return receiver;
}

function tracedBy(receiver: OtlpReceiver, more: Readonly<Record<string, string>> = {}): Promise<Traced> {
  return trace({
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
    ...more,
  });
}

async function droppedBy({ registry }: Traced, reason: string): Promise<number> {
  const metric = await registry.getSingleMetric('tickwire_spans_dropped_total')?.get();
  return metric?.values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
}

test('without an endpoint nothing is traced', async () => {
  const endpoint = 'http://127.0.0.1:4318';
  for (const env of [{}, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'true' }]) {
    const { tracer, registry, close } = await trace(env);
    assert.equal(tracer, noTracer);
    assert.equal(registry.getSingleMetric('tickwire_spans_dropped_total'), undefined);
    await close();
  }
});

test('spans arrive with their parents, attributes and outcome when the process ends', async (t) => {
  const receiver = await receiverFor(t);
  const { tracer, close } = await tracedBy(receiver);
  const remote = parseTraceparent('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
  const outer = tracer.start('outer', { kind: 'server', parent: remote, attributes: { size: 3 } });
  const inner = tracer.start('inner', { parent: outer.context, agoMs: 250 });
  inner.fail('timeout', { late: true });
  outer.end({ answer: 'yes' });
  await close();
  const [first, second] = receiver.spans;
  assert.equal(first?.name, 'inner');
  assert.equal(first.parentSpanId, outer.context.spanId);
  assert.deepEqual(first.attributes, { 'error.type': 'timeout', late: true });
  assert.equal(first.failed, true);
  assert.ok(first.durationMs >= 250 && first.durationMs < 5000, String(first.durationMs));
  assert.equal(second?.name, 'outer');
  assert.equal(second.service, 'tickwire-test');
  assert.equal(second.traceId, '4bf92f3577b34da6a3ce929d0e0e4736');
  assert.equal(second.parentSpanId, '00f067aa0ba902b7');
  assert.deepEqual([second.kind, second.failed], [2, false]);
  assert.deepEqual(second.attributes, { size: 3, answer: 'yes' });
  assert.equal(receiver.requests[0]?.path, '/v1/traces');
});

test('a parent that is not recorded has no recorded children', async (t) => {
  const receiver = await receiverFor(t);
  const { tracer, close } = await tracedBy(receiver);
  const remote = parseTraceparent('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00');
  const span = tracer.start('outer', { parent: remote });
  assert.equal(span.context.sampled, false);
  tracer.start('inner', { parent: span.context }).end();
  span.end();
  await close();
  assert.equal(receiver.requests.length, 0);
});

test('spans go as protobuf unless JSON is asked for, to the path that is configured', async (t) => {
  const receiver = await receiverFor(t);
  const { tracer, close } = await trace({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/own/path` });
  tracer.start('one').end();
  await close();
  const [request] = receiver.requests;
  assert.equal(request?.path, '/own/path');
  assert.equal(request.headers['content-type'], 'application/x-protobuf');
});

test('a receiver that refuses costs one warning and counted spans, until it takes them again', async (t) => {
  const receiver = await receiverFor(t);
  const traced = await tracedBy(receiver, { OTEL_BSP_MAX_QUEUE_SIZE: '1' });
  receiver.status = 400;
  for (const round of [1, 2]) {
    traced.tracer.start('one').end();
    await receiver.until('a request came', () => receiver.requests.length === round);
  }
  receiver.status = 200;
  traced.tracer.start('one').end();
  await receiver.until('the last one came', (spans) => spans.length === 1);
  await traced.close();
  assert.equal(await droppedBy(traced, 'export'), 2);
  assert.deepEqual(traced.logged, [
    '40 traces can not be exported, they are dropped',
    '30 traces are exported again',
  ]);
});

test('a receiver that is away does not hold the end up', async () => {
  const traced = await trace({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  traced.tracer.start('one').end();
  const begunAt = performance.now();
  await traced.close();
  assert.ok(performance.now() - begunAt < 8000, 'OpenTelemetry alone would have tried for ten seconds');
});

test('more spans than fit are dropped and counted: those that wait, and those of one second', async (t) => {
  const receiver = await receiverFor(t);
  const traced = await tracedBy(receiver, { OTEL_BSP_MAX_QUEUE_SIZE: '600' });
  for (let i = 0; i < 5000; i++) traced.tracer.start('one').end();
  await traced.close();
  const dropped = (await droppedBy(traced, 'rate')) + (await droppedBy(traced, 'queue'));
  assert.equal(receiver.spans.length + dropped, 5000);
  assert.ok((await droppedBy(traced, 'rate')) > 1000, 'the bound of a second held');
});

test('a wrong key stops the start and is named; where spans go is shown nowhere', () => {
  for (const [env, pattern] of [
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'shh:4317' }, /OTEL_EXPORTER_OTLP_ENDPOINT is set .*http/],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /OTEL_EXPORTER_OTLP_PROTOCOL is "grpc".*http\/protobuf/],
    [{ OTEL_TRACES_SAMPLER: 'sometimes' }, /OTEL_TRACES_SAMPLER/],
  ] as const)
    assert.throws(
      () => readConfig(traceKeys, env),
      (error: Error) => pattern.test(error.message) && !error.message.includes('shh'),
    );
});
