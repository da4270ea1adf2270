import { redisConnection, redisKeys } from '#fanout/config.ts';
import { systemClock } from '#feed-adapter/clock.ts';
import { feedKeys } from '#feed-adapter/config.ts';
import { createPushReceiver } from '#feed-adapter/push/push-venue.ts';
import { readSourceDefinitions } from '#feed-adapter/venue-registry.ts';
import { chooseAuthenticator } from '#hub/auth/choose-authenticator.ts';
import { hubKeys } from '#hub/config.ts';
import { edgeOf } from '#hub/edge-config.ts';
import { signingKeysOf } from '#hub/nodes/signing-keys.ts';
import { ConfigError, readConfig } from '#runtime/config/config.ts';
import { createLogger } from '#runtime/logger.ts';
import { processKeys } from '#runtime/process-keys.ts';
import type { Environment } from './environment.ts';
import type { ProcessName } from './workloads.ts';

/**
 * What the process itself would say at its start of this environment. Files that the environment names are those of
 * this machine, so TLS is looked at only where they are here as well.
 */
export async function configProblems(
  process: ProcessName,
  environment: Environment,
): Promise<readonly string[]> {
  const problems = await Promise.all(readers[process].map((read) => problemsOf(() => read(environment))));
  return [...new Set(problems.flat())];
}

type Reader = (environment: Environment) => unknown;

export const readHubConfig = (environment: Environment) =>
  readConfig({ ...processKeys, ...redisKeys, ...hubKeys }, environment, feedKeys);

export const readFeedConfig = (environment: Environment) =>
  readConfig({ ...processKeys, ...redisKeys, ...feedKeys }, environment, hubKeys);

const log = createLogger('manifests', 'silent');
const pushReceiver = createPushReceiver([]);
const deps = { clock: systemClock, random: Math.random, fetch, pushReceiver };

/** Each as the process's main.ts reads it, so that one problem does not hide the next. */
const readers: Readonly<Record<ProcessName, readonly Reader[]>> = {
  hub: [
    (environment) => redisConnection(readHubConfig(environment)),
    (environment) => edgeOf(readHubConfig(environment)),
    (environment) => signingKeysOf(readHubConfig(environment)),
    (environment) => chooseAuthenticator(readHubConfig(environment), { fetch, now: Date.now, log }),
  ],
  feed: [
    (environment) => redisConnection(readFeedConfig(environment)),
    (environment) => readSourceDefinitions(readFeedConfig(environment), deps),
  ],
};

async function problemsOf(read: () => unknown): Promise<readonly string[]> {
  try {
    await read();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
