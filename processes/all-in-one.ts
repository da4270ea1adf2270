import { startedText } from '#command/started.ts';
import { redisKeys } from '#fanout/config.ts';
import { createMemoryFanout } from '#fanout/memory/memory-fanout.ts';
import type { Fanout } from '#fanout/ports.ts';
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
import { hubKeys } from '#hub/config.ts';
import { edgeOf } from '#hub/edge-config.ts';
import { type ConfigOf, readConfig } from '#runtime/config/config.ts';
import { keysOfOthersIn, warnOfUnusedKeys } from '#runtime/config/unused-keys.ts';
import { createLogger, type Logger } from '#runtime/logger.ts';
import { processKeys } from '#runtime/process-keys.ts';
import { startOrExplain } from '#runtime/start.ts';
import { type ProcessEdge, startProcessEdge } from './process-edge.ts';
import { startHub } from './start-hub.ts';

const keys = { ...processKeys, ...hubKeys, ...feedKeys };
type Config = ConfigOf<typeof keys>;

/** What the adapter and the hub of the process share. */
interface Shared extends ProcessEdge {
  readonly log: Logger;
  readonly fanout: Fanout;
}

/** `npm start`: everything in one process, no server needed. */
async function start(): Promise<void> {
  const config = readConfig(keys, { TICKWIRE_LOG_LEVEL: 'warn', ...process.env }, redisKeys);
  const hubEdge = edgeOf(config);
  const log = createLogger('tickwire', config.logLevel);
  warnOfUnusedKeys(log, [
    ...keysOfOthersIn(process.env, keys, redisKeys),
    ...unusedAuthKeys(config),
    ...unusedVenueKeys(config, process.env),
  ]);
  const authenticator = chooseAuthenticator(config, { fetch, now: Date.now, log });
  const processEdge = await startProcessEdge(
    { role: 'all-in-one', service: 'tickwire', instance: 'all-in-one' },
    log,
    config,
  );
  const fanout = createMemoryFanout(
    { now: Date.now },
    { replayEntriesMax: redisKeys.replayEntriesMax.fallback ?? 1000 },
  );
  processEdge.shutdown.register('fanout', () => fanout.close());
  const shared = { ...processEdge, log, fanout };
  await startAdapter(shared, config);
  const port = await startHub(
    { ...shared, edge: hubEdge, authenticator, node: config.nodeId || 'all-in-one' },
    config,
    { drainWindowMs: 0, handOverMs: 0 }, // there is no other node to go to
  );

  const { env, stdout } = process;
  stdout.write(
    startedText({
      ...{ host: config.host, port, secure: hubEdge.tls !== undefined, venues: config.venues },
      ...{ metricsHost: config.operationsHost, metricsPort: processEdge.operations.port },
      wantsToken: config.auth === 'jwt',
      tail: env.npm_lifecycle_event === 'start' ? 'npm run tail --' : 'tickwire tail',
    }),
  );
}

async function startAdapter(shared: Shared, config: Config): Promise<void> {
  const { fanout, log, registry, shutdown, knownHost, tracer } = shared;
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
  if (!namesPush(config)) return;
  const http = await createFeedHttpServer(
    {
      push: { pushReceiver, token: config.pushToken, clock },
      sources: () => fanout.directory.sources(),
      problem: () => undefined,
      ...{ knownHost, log },
    },
    httpLimitsOf(config),
  );
  shutdown.register('http server', () => http.close());
}

await startOrExplain(start, process);
