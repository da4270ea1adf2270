import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTraceparent } from './trace-context.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

test('the header of W3C Trace Context names the parent and says whether it is recorded', () => {
  assert.deepEqual(parseTraceparent(`00-${traceId}-${spanId}-01`), {
    traceId,
    spanId,
    sampled: true,
    remote: true,
  });
  assert.deepEqual(parseTraceparent(`00-${traceId}-${spanId}-02`), {
    traceId,
    spanId,
    sampled: false,
    remote: true,
  });
  assert.deepEqual(parseTraceparent(`cc-${traceId}-${spanId}-03-what-comes-later`), {
    ...{ traceId, spanId, sampled: true, remote: true },
  });
});

test('a header that is wrong in any way is as good as none', () => {
  for (const header of [
    '',
    'hello',
    `00-${traceId}-${spanId}`,
    `00-${traceId}-${spanId}-01-more`,
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId}-${spanId}-0`,
    `00-${traceId}-${spanId}-01\n`,
    ` 00-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01${'x'.repeat(100_000)}`,
  ])
    assert.equal(parseTraceparent(header), undefined, header.slice(0, 80));
});
