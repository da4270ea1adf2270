import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { redisConnection, redisKeys, redisLimits } from '#fanout/config.ts';
import { createRedisFanoutMetrics } from '#fanout/metrics.ts';
import { createSigner } from '#fanout/redis/nodes/signer.ts';
import { createRedisFanout } from '#fanout/redis/redis-fanout.ts';
import { feedKeys } from '#feed-adapter/config.ts';
import { chooseAuthenticator, unusedAuthKeys } from '#hub/auth/choose-authenticator.ts';
import { hubKeys } from '#hub/config.ts';
import { edgeOf } from '#hub/edge-config.ts';
import { signingKeysOf } from '#hub/nodes/signing-keys.ts';
import { readConfig } from '#runtime/config/config.ts';
import { keysOfOthersIn, warnOfUnusedKeys } from '#runtime/config/unused-keys.ts';
import { createLogger } from '#runtime/logger.ts';
import { nodeIdOf } from '#runtime/node-id.ts';
import { processKeys } from '#runtime/process-keys.ts';
import { startOrExplain } from '#runtime/start.ts';
import { startProcessEdge } from './process-edge.ts';
import { startHub } from './start-hub.ts';

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
  const processEdge = await startProcessEdge(
    { role: 'hub', service: 'tickwire-hub', instance: node },
    log,
    config,
  );
  const metrics = createRedisFanoutMetrics(processEdge.registry);
  const fanout = await createRedisFanout(
    { connection: redisConnection(config), log, metrics, signer: createSigner(signingKeys) },
    redisLimits(config),
  );
  processEdge.shutdown.register('fanout', () => fanout.close());
  await startHub({ ...processEdge, fanout, edge, authenticator, node, log }, config);
}

await startOrExplain(start, process);
