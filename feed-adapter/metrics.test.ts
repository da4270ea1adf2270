import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRegistry } from '#runtime/metrics.ts';
import { createFeedMetrics } from './metrics.ts';

test('each source has its own share, and no label holds more than source and reason', async () => {
  const registry = createRegistry('test');
  const metrics = createFeedMetrics(registry);
  const [a, b] = [metrics.of('a'), metrics.of('b')];
  for (let i = 0; i < 3; i++) a.received();
  b.received();
  b.conflated();
  a.rejected('no_price');
  a.published(500, 2);
  a.leading(true);
  a.symbolsRefused(7);
  a.leadershipEnded('fenced');
  const text = await registry.metrics();
  for (const line of [
    'tickwire_feed_received_total{source="a",process="test"} 3',
    'tickwire_feed_received_total{source="b",process="test"} 1',
    'tickwire_feed_conflated_total{source="b",process="test"} 1',
    'tickwire_feed_rejected_total{source="a",reason="no_price",process="test"} 1',
    'tickwire_feed_published_total{source="a",process="test"} 500',
    'tickwire_feed_leading{source="a",process="test"} 1',
    'tickwire_feed_symbols_refused{source="a",process="test"} 7',
    'tickwire_feed_symbols_refused{source="b",process="test"} 0',
    'tickwire_feed_leadership_ended_total{source="a",reason="fenced",process="test"} 1',
    'tickwire_feed_leadership_ended_total{source="b",reason="expired",process="test"} 0',
  ])
    assert.ok(text.includes(line), line);
  const labels = new Set(
    [...text.matchAll(/tickwire_feed_\w+\{([^}]*)\}/g)].flatMap(([, found]) => names(found)),
  );
  assert.deepEqual([...labels].sort(), ['le', 'process', 'reason', 'source']);
});

test('of every sixteenth tick the delay is observed, in seconds', async () => {
  const registry = createRegistry('test');
  const source = createFeedMetrics(registry).of('a');
  for (let i = 0; i < 32; i++) source.venueDelay(500);
  const text = await registry.metrics();
  assert.match(text, /tickwire_feed_venue_delay_seconds_sum\{[^}]*\} 1\n/);
});

function names(labels = ''): string[] {
  return labels.split(',').map((label) => label.split('=', 1)[0] ?? '');
}
