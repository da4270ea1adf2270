import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { redisConnection, redisKeys, redisLimits } from '#fanout/config.ts';
import { createPresenceMetrics, createRedisFanoutMetrics } from '#fanout/metrics.ts';
import { createSigner } from '#fanout/redis/nodes/signer.ts';
import { createRedisFanout } from '#fanout/redis/redis-fanout.ts';
import { feedKeys } from '#feed-adapter/config.ts';
import { chooseAuthenticator, unusedAuthKeys } from '#hub/auth/choose-authenticator.ts';
import { hubKeys, hubLimits } from '#hub/config.ts';
import { edgeOf } from '#hub/edge-config.ts';
import { createHub } from '#hub/hub.ts';
import { createHubPresence } from '#hub/hub-presence.ts';
import { chooseListener } from '#hub/listener/choose-listener.ts';
import { createLatencyMetric, registerHubMetrics } from '#hub/metrics.ts';
import { signingKeysOf } from '#hub/nodes/signing-keys.ts';
import { readConfig } from '#runtime/config/config.ts';
import { keysOfOthersIn, warnOfUnusedKeys } from '#runtime/config/unused-keys.ts';
import { createLogger } from '#runtime/logger.ts';
import { nodeIdOf } from '#runtime/node-id.ts';
import { processKeys } from '#runtime/process-keys.ts';
import { startOrExplain } from '#runtime/start.ts';
import { bundlePage } from '#web/bundle.ts';
import { startProcessEdge } from './process-edge.ts';

/** `npm run hub`: one production hub, joined to the adapters by Redis. */
async function start(): Promise<void> {
  const keys = { ...processKeys, ...redisKeys, ...hubKeys };
  const config = readConfig(keys, process.env, feedKeys);
  const edge = edgeOf(config);
  const signingKeys = signingKeysOf(config);
  const log = createLogger('hub', config.logLevel);
  warnOfUnusedKeys(log, [...keysOfOthersIn(process.env, keys, feedKeys), ...unusedAuthKeys(config)]);
  const authenticator = chooseAuthenticator(config, { fetch, now: Date.now, log });
  if (signingKeys.length === 0)
    log.warn(
      'TICKWIRE_HUB_SECRET is not set: this hub sends clients to itself alone, and takes no ticket of another',
    );
  const node = nodeIdOf(config.nodeId, hostname(), randomUUID());
  const { shutdown, registry, operations, tracer } = await startProcessEdge(
    { role: 'hub', service: 'tickwire-hub', instance: node },
    log,
    config,
  );

  const metrics = createRedisFanoutMetrics(registry);
  const fanout = await createRedisFanout(
    { connection: redisConnection(config), log, metrics, signer: createSigner(signingKeys) },
    redisLimits(config),
  );
  shutdown.register('fanout', () => fanout.close());

  const limits = hubLimits(config);
  const listener = await chooseListener({ choice: config.listener, tls: edge.tls, log }, limits);
  const hub = createHub(
    {
      ...edge,
      listener,
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
    limits,
  );
  registerHubMetrics(registry, hub, config);
  operations.readiness('hub', () => hub.notReady());
  const port = await hub.listen(config.host, config.port, config.sharePort);
  shutdown.register('hub', () => hub.drain());

  const presence = createHubPresence(
    { hub, nodes: fanout.nodes, node, log, metrics: createPresenceMetrics(registry) },
    { ...config, port, secure: edge.tls !== undefined },
    { leaseMs: config.nodeLeaseMs },
  );
  presence.start();
  shutdown.register('presence', () => presence.leave()); // first of all, so that nobody is sent here any more
}

await startOrExplain(start, process);
