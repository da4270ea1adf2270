import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from './config/config.ts';
import { processKeys } from './process-keys.ts';

test('a process needs no environment', () => {
  assert.deepEqual(readConfig(processKeys, {}), {
    hosts: [],
    logLevel: 'info',
    operationsHost: '127.0.0.1',
    operationsPort: 9090,
    shutdownMs: 25_000,
    otlpEndpoint: '',
    otlpTracesEndpoint: '',
    otlpProtocol: 'http/protobuf',
    tracesSampler: 'parentbased_always_on',
    spanQueueMax: 2048,
    otelDisabled: false,
    nodeId: '',
    nodeLeaseMs: 10_000,
  });
});
