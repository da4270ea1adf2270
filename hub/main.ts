import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { redisConnection, redisKeys, redisLimits } from '#fanout/config.ts';
import { createRedisFanoutMetrics } from '#fanout/metrics.ts';
import { createRedisFanout } from '#fanout/redis.ts';
import { feedKeys } from '#feed-adapter/config.ts';
import { readConfig } from '#runtime/config.ts';
import { createLogger } from '#runtime/logger.ts';
import { createRegistry } from '#runtime/metrics.ts';
import { createOperationsServer, operationsLimits } from '#runtime/operations-server.ts';
import { processKeys } from '#runtime/process-keys.ts';
import { createShutdown } from '#runtime/shutdown.ts';
import { startOrExplain } from '#runtime/start.ts';
import { startTracing } from '#runtime/tracing.ts';
import { bundlePage } from '#web/bundle.ts';
import { chooseAuthenticator } from './auth/choose-authenticator.ts';
import { hubKeys, hubLimits } from './config.ts';
import { edgeOf } from './edge-config.ts';
import { createHub } from './hub.ts';
import { createLatencyMetric, registerHubMetrics } from './metrics.ts';

/** `npm run hub`: one production hub, joined to the adapters by Redis. */
async function start(): Promise<void> {
  const config = readConfig({ ...processKeys, ...redisKeys, ...hubKeys }, process.env, feedKeys);
  const edge = edgeOf(config);
  const log = createLogger('hub', config.logLevel);
  const authenticator = chooseAuthenticator(config, { fetch, now: Date.now, log });
  const { exit } = process;
  const shutdown = createShutdown({ log, exit, signals: process }, { deadlineMs: config.shutdownMs });

  const registry = createRegistry('hub');
  const { operationsHost: host, operationsPort: port } = config;
  const operations = await createOperationsServer({ registry }, { ...operationsLimits, host, port });
  shutdown.register('operations server', () => operations.close());

  const node = `${hostname()}-${randomUUID().slice(0, 8)}`;
  const tracer = await startTracing(
    { service: 'tickwire-hub', instance: node, log, registry, shutdown },
    config,
  );

  const metrics = createRedisFanoutMetrics(registry);
  const fanout = await createRedisFanout(
    { connection: redisConnection(config), log, metrics },
    redisLimits(config),
  );
  shutdown.register('fanout', () => fanout.close());

  const hub = createHub(
    {
      ...edge,
      fanout,
      authenticator,
      node,
      log,
      now: Date.now,
      random: Math.random,
      page: await bundlePage(),
      tracer,
      observeLatency: createLatencyMetric(registry),
    },
    hubLimits(config),
  );
  registerHubMetrics(registry, hub, config);
  operations.readiness('hub', () => hub.notReady());
  await hub.listen(config.host, config.port, config.sharePort);
  shutdown.register('hub', () => hub.drain());
}

await startOrExplain(start, process);
