import { randomUUID } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import { redisConnection, redisKeys, redisLimits } from '#fanout/config.ts';
import { createPresenceMetrics, createRedisFanoutMetrics } from '#fanout/metrics.ts';
import { feedService } from '#fanout/node-ports.ts';
import { createPresence } from '#fanout/presence.ts';
import { advertisedAddress } from '#fanout/redis/connection/advertised-address.ts';
import { createRedisFanout } from '#fanout/redis/redis-fanout.ts';
import { createAdapter } from '#feed-adapter/adapter.ts';
import { systemClock as clock } from '#feed-adapter/clock.ts';
import { feedKeys } from '#feed-adapter/config.ts';
import { httpLimitsOf, sourceLimitsOf } from '#feed-adapter/limits.ts';
import { createFeedMetrics } from '#feed-adapter/metrics.ts';
import { createFeedHttpServer } from '#feed-adapter/push/http-server.ts';
import { createPushReceiver } from '#feed-adapter/push/push-venue.ts';
import { symbolsIn } from '#feed-adapter/venue-options.ts';
import { namesPush, readSourceDefinitions, unusedVenueKeys } from '#feed-adapter/venue-registry.ts';
import { hubKeys } from '#hub/config.ts';
import { readConfig } from '#runtime/config/config.ts';
import { keysOfOthersIn, warnOfUnusedKeys } from '#runtime/config/unused-keys.ts';
import { createLogger } from '#runtime/logger.ts';
import { nodeIdOf } from '#runtime/node-id.ts';
import { processKeys } from '#runtime/process-keys.ts';
import { startOrExplain } from '#runtime/start.ts';
import { startProcessEdge } from './process-edge.ts';

/** `npm run feed`: one production feed adapter, joined to the hubs by Redis. */
async function start(): Promise<void> {
  const keys = { ...processKeys, ...redisKeys, ...feedKeys };
  const config = readConfig(keys, process.env, hubKeys);
  const log = createLogger('feed', config.logLevel);
  const { env } = process;
  warnOfUnusedKeys(log, [...keysOfOthersIn(env, keys, hubKeys), ...unusedVenueKeys(config, env)]);
  const { random } = Math;
  const pushReceiver = createPushReceiver(symbolsIn(config.pushSymbols));
  const venues = await readSourceDefinitions(config, { clock, random, fetch, pushReceiver });

  const holder = nodeIdOf('', hostname(), randomUUID()); // another after each restart, whatever the node is called
  const { shutdown, registry, operations, knownHost, tracer } = await startProcessEdge(
    { role: 'feed', service: 'tickwire-feed', instance: holder },
    log,
    config,
  );

  const redisMetrics = createRedisFanoutMetrics(registry);
  const connection = redisConnection(config);
  const fanout = await createRedisFanout(
    { connection, log, metrics: redisMetrics, keepsScripts: true },
    redisLimits(config),
  );
  shutdown.register('fanout', () => fanout.close());

  const metrics = createFeedMetrics(registry);
  const adapter = createAdapter(
    { fanout, venues, clock, random, log, metrics, tracer, holder },
    sourceLimitsOf(config),
  );
  const problem = (): string | undefined => (fanout.available() ? undefined : 'Redis does not answer');
  operations.readiness('redis', problem);
  adapter.start();
  // A fifth of the time is left for what is stopped after it.
  shutdown.register('adapter', () => adapter.stop(0.8 * config.shutdownMs));

  const push = namesPush(config) ? { pushReceiver, token: config.pushToken, clock } : undefined;
  const sources = () => fanout.directory.sources();
  const http = await createFeedHttpServer({ push, sources, problem, knownHost, log }, httpLimitsOf(config));
  shutdown.register('http server', () => http.close());

  const ipAddress = advertisedAddress(config.feedHost, networkInterfaces());
  const instance = config.nodeId || holder;
  const presence = createPresence(
    {
      ...{ nodes: fanout.nodes, metrics: createPresenceMetrics(registry), log },
      self: { service: feedService, serviceName: 'Tickwire feed adapter', instance, boot: randomUUID() },
      describe: () => ({
        ...{ ipAddress, portNumber: http.port, protocol: 'http' },
        ...{ sockets: 0, ready: problem() === undefined },
      }),
    },
    { leaseMs: config.nodeLeaseMs },
  );
  presence.start();
  shutdown.register('presence', () => presence.leave());
  log.info(
    { holder, port: http.port, operationsPort: operations.port, venues: config.venues },
    'feed adapter started',
  );
}

await startOrExplain(start, process);
