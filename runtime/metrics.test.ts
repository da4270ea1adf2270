import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counter, createRegistry, gauge, histogram } from './metrics.ts';

test('every sample names its process, those of Node too', async () => {
  const registry = createRegistry('hub');
  counter(registry, { name: 'tickwire_test_total', help: 'for the test' }).inc();
  const text = await registry.metrics();
  assert.match(text, /^tickwire_test_total\{process="hub"\} 1$/m);
  assert.match(text, /^nodejs_eventloop_lag_p99_seconds\{process="hub"\} /m);
  assert.match(text, /^process_resident_memory_bytes\{process="hub"\} /m);
});

test('a counter counts per label', async () => {
  const registry = createRegistry('feed');
  const rejected = counter(registry, {
    name: 'tickwire_rejected_total',
    help: 'for the test',
    labelNames: ['reason'],
  });
  rejected.inc({ reason: 'malformed' }, 2);
  rejected.labels('no_price').inc();
  const text = await registry.metrics();
  assert.match(text, /tickwire_rejected_total\{reason="malformed",process="feed"\} 2/);
  assert.match(text, /tickwire_rejected_total\{reason="no_price",process="feed"\} 1/);
});

test('a gauge with a reader says what is so at the scrape', async () => {
  const registry = createRegistry('hub');
  let sockets = 1;
  gauge(registry, { name: 'tickwire_sockets', help: 'for the test', read: () => sockets });
  sockets = 7;
  assert.match(await registry.metrics(), /^tickwire_sockets\{process="hub"\} 7$/m);
});

test('a histogram has the buckets that it was given', async () => {
  const registry = createRegistry('hub');
  const delay = histogram(registry, { name: 'tickwire_delay_ms', help: 'for the test', buckets: [1, 10] });
  delay.observe(5);
  const text = await registry.metrics();
  assert.match(text, /tickwire_delay_ms_bucket\{le="1",process="hub"\} 0/);
  assert.match(text, /tickwire_delay_ms_bucket\{le="10",process="hub"\} 1/);
});

test('two metrics of one name are a bug that is seen at the start', () => {
  const registry = createRegistry('hub');
  counter(registry, { name: 'tickwire_twice_total', help: 'for the test' });
  assert.throws(() => counter(registry, { name: 'tickwire_twice_total', help: 'for the test' }));
});
