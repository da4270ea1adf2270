import { startedText } from '#command/started.ts';
import { redisKeys } from '#fanout/config.ts';
import { createMemoryFanout } from '#fanout/memory/memory-fanout.ts';
import { createPresenceMetrics } from '#fanout/metrics.ts';
import { createAdapter } from '#feed-adapter/adapter.ts';
import { systemClock as clock } from '#feed-adapter/clock.ts';
import { feedKeys } from '#feed-adapter/config.ts';
import { httpLimitsOf, sourceLimitsOf } from '#feed-adapter/limits.ts';
import { createFeedMetrics } from '#feed-adapter/metrics.ts';
import { createFeedHttpServer } from '#feed-adapter/push/http-server.ts';
import { createPushReceiver } from '#feed-adapter/push/push-venue.ts';
import { symbolsIn } from '#feed-adapter/venue-options.ts';
import { namesPush, readSourceDefinitions, unusedVenueKeys } from '#feed-adapter/venue-registry.ts';
import { chooseAuthenticator, unusedAuthKeys } from '#hub/auth/choose-authenticator.ts';
import { hubKeys, hubLimits } from '#hub/config.ts';
import { edgeOf } from '#hub/edge-config.ts';
import { createHub } from '#hub/hub.ts';
import { createHubPresence } from '#hub/hub-presence.ts';
import { chooseListener } from '#hub/listener/choose-listener.ts';
import { createLatencyMetric, registerHubMetrics } from '#hub/metrics.ts';
import { readConfig } from '#runtime/config/config.ts';
import { keysOfOthersIn, warnOfUnusedKeys } from '#runtime/config/unused-keys.ts';
import { createKnownHosts } from '#runtime/http/known-hosts.ts';
import { createOperationsServer, operationsLimits } from '#runtime/http/operations-server.ts';
import { createLogger } from '#runtime/logger.ts';
import { createRegistry } from '#runtime/metrics.ts';
import { processKeys } from '#runtime/process-keys.ts';
import { createShutdown } from '#runtime/shutdown.ts';
import { startOrExplain } from '#runtime/start.ts';
import { startTracing } from '#runtime/tracing/tracing.ts';
import { bundlePage } from '#web/bundle.ts';

/** `npm start`: everything in one process, no server needed. */
async function start(): Promise<void> {
  const keys = { ...processKeys, ...hubKeys, ...feedKeys };
  const config = readConfig(keys, { TICKWIRE_LOG_LEVEL: 'warn', ...process.env }, redisKeys);
  const edge = edgeOf(config);
  const log = createLogger('tickwire', config.logLevel);
  warnOfUnusedKeys(log, [
    ...keysOfOthersIn(process.env, keys, redisKeys),
    ...unusedAuthKeys(config),
    ...unusedVenueKeys(config, process.env),
  ]);
  const authenticator = chooseAuthenticator(config, { fetch, now: Date.now, log });
  const { exit } = process;
  const shutdown = createShutdown({ log, exit, signals: process }, { deadlineMs: config.shutdownMs });

  const registry = createRegistry('all-in-one');
  const { operationsHost, operationsPort } = config;
  const knownHost = createKnownHosts(config.hosts);
  const operations = await createOperationsServer(
    { registry, knownHost },
    { ...operationsLimits, host: operationsHost, port: operationsPort },
  );
  shutdown.register('operations server', () => operations.close());

  const service = { service: 'tickwire', instance: 'all-in-one' };
  const tracer = await startTracing({ ...service, log, registry, shutdown }, config);
  const fanout = createMemoryFanout(
    { now: Date.now },
    { replayEntriesMax: redisKeys.replayEntriesMax.fallback ?? 1000 },
  );
  shutdown.register('fanout', () => fanout.close());

  const { random } = Math;
  const pushReceiver = createPushReceiver(symbolsIn(config.pushSymbols));
  const venues = await readSourceDefinitions(config, { clock, random, fetch, pushReceiver });
  const metrics = createFeedMetrics(registry);
  const adapter = createAdapter(
    { fanout, venues, clock, random, log, metrics, tracer, holder: 'all-in-one' },
    sourceLimitsOf(config),
  );
  adapter.start();
  shutdown.register('adapter', () => adapter.stop(0.5 * config.shutdownMs));
  if (namesPush(config)) {
    const push = { pushReceiver, token: config.pushToken, clock };
    const sources = () => fanout.directory.sources();
    const http = await createFeedHttpServer(
      { push, sources, problem: () => undefined, knownHost, log },
      httpLimitsOf(config),
    );
    shutdown.register('http server', () => http.close());
  }

  const page = await bundlePage();
  const observeLatency = createLatencyMetric(registry);
  const node = config.nodeId || 'all-in-one';
  const limits = { ...hubLimits(config), drainWindowMs: 0, handOverMs: 0 }; // there is no other node to go to
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
      random,
      page,
      tracer,
      observeLatency,
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
  shutdown.register('presence', () => presence.leave());

  const { env, stdout } = process;
  stdout.write(
    startedText({
      ...{ host: config.host, port, secure: edge.tls !== undefined, venues: config.venues },
      ...{ metricsHost: operationsHost, metricsPort: operations.port },
      wantsToken: config.auth === 'jwt',
      tail: env.npm_lifecycle_event === 'start' ? 'npm run tail --' : 'tickwire tail',
    }),
  );
}

await startOrExplain(start, process);
