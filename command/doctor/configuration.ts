import { type RedisConfig, redisConnection, redisKeys } from '#fanout/config.ts';
import type { RedisConnection } from '#fanout/redis/connection/connection.ts';
import { systemClock as clock } from '#feed-adapter/clock.ts';
import { type FeedConfig, feedKeys } from '#feed-adapter/config.ts';
import { createPushReceiver } from '#feed-adapter/push/push-venue.ts';
import { symbolsIn } from '#feed-adapter/venue-options.ts';
import { readSourceDefinitions, unusedVenueKeys } from '#feed-adapter/venue-registry.ts';
import { chooseAuthenticator, unusedAuthKeys } from '#hub/auth/choose-authenticator.ts';
import { type HubConfig, hubKeys } from '#hub/config.ts';
import { edgeOf } from '#hub/edge-config.ts';
import { signingKeysOf } from '#hub/nodes/signing-keys.ts';
import { ConfigError, type ConfigKeys, type ConfigOf, readConfig } from '#runtime/config/config.ts';
import { serviceLinks } from '#runtime/config/service-links.ts';
import { keysOfOthersIn, type UnusedKey } from '#runtime/config/unused-keys.ts';
import { type Finding, fail, ok, warn } from '#runtime/finding.ts';
import { createLogger } from '#runtime/logger.ts';
import { type ProcessConfig, processKeys } from '#runtime/process-keys.ts';
import type { Target } from './command.ts';

/** What the environment says; a part is undefined where it is wrong, or nobody needs it. */
export interface Configuration {
  readonly findings: readonly Finding[];
  readonly process: ProcessConfig | undefined;
  readonly redis: RedisConfig | undefined;
  readonly connection: RedisConnection | undefined;
  readonly hub: HubConfig | undefined;
  readonly feed: FeedConfig | undefined;
}

/** The environment that is examined, and how issuers are reached. */
export interface ConfigurationDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
  readonly fetch: typeof fetch;
}

const allKeys = { ...processKeys, ...redisKeys, ...hubKeys, ...feedKeys };
const names = new Set(Object.values(allKeys).map((key) => key.env));

/** Reads the keys and does with them what the start of each process does, apart from starting it. */
export async function readConfiguration(
  targets: readonly Target[],
  { env, now, fetch }: ConfigurationDeps,
): Promise<Configuration> {
  const problems = new Set<string>();
  const attempt = async <Result>(what: () => Result | Promise<Result>): Promise<Result | undefined> => {
    try {
      return await what();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems) problems.add(problem);
      return undefined;
    }
  };
  // An unknown key, or one of Kubernetes, is told once, and keeps nothing else from being looked at.
  const links = new Set(serviceLinks(env, names));
  const known = Object.fromEntries(
    Object.entries(env).filter(([name]) => names.has(name) && !links.has(name)),
  );
  const read = <Keys extends ConfigKeys>(keys: Keys, needed: boolean): Promise<ConfigOf<Keys> | undefined> =>
    attempt(() => (needed ? readConfig(keys, known, allKeys) : undefined));

  await attempt(() => readConfig({}, env, allKeys));
  const serves = targets.some((target) => target !== 'feed');
  const feeds = targets.some((target) => target !== 'hub');
  const process = await read(processKeys, true);
  const redis = await read(redisKeys, !targets.includes('start'));
  const hub = await read(hubKeys, serves);
  const feed = await read(feedKeys, feeds);
  const connection = redis && (await attempt(() => redisConnection(redis)));
  const log = createLogger('doctor', 'silent');
  if (hub !== undefined) {
    await attempt(() => edgeOf({ ...hub, hosts: process?.hosts ?? [] }));
    if (redis !== undefined) await attempt(() => signingKeysOf(hub));
    await attempt(() => chooseAuthenticator(hub, { fetch, now, log }));
  }
  if (feed !== undefined) await attempt(() => prepareVenues(feed, fetch));
  const unused = [
    ...keysOfOthersIn(env, keysOf(targets), allKeys),
    ...(hub === undefined ? [] : unusedAuthKeys(hub)),
    ...(feed === undefined ? [] : unusedVenueKeys(feed, env)),
  ];
  return { findings: findingsOf([...problems], unused, env), process, redis, connection, hub, feed };
}

/** What the processes that are looked at read. */
function keysOf(targets: readonly Target[]): ConfigKeys {
  return {
    ...processKeys,
    ...(targets.includes('start') ? {} : redisKeys),
    ...(targets.some((target) => target !== 'feed') ? hubKeys : {}),
    ...(targets.some((target) => target !== 'hub') ? feedKeys : {}),
  };
}

/** Sources are made ready, none is opened. */
async function prepareVenues(config: FeedConfig, fetch: typeof globalThis.fetch): Promise<void> {
  const pushReceiver = createPushReceiver(symbolsIn(config.pushSymbols));
  await readSourceDefinitions(config, { clock, random: Math.random, fetch, pushReceiver });
}

function findingsOf(
  problems: readonly string[],
  unused: readonly UnusedKey[],
  env: ConfigurationDeps['env'],
): Finding[] {
  const topic = 'configuration';
  const warnings = unused.map((key) =>
    warn(topic, `${key.env} is set and changes nothing: ${key.why}`, 'leave it out, or set what it is for'),
  );
  const set = Object.keys(env).filter((name) => name.startsWith('TICKWIRE_')).length;
  if (problems.length === 0)
    return [ok(topic, `${set} TICKWIRE_ keys are set, everything else is as by default`), ...warnings];
  const advice = 'docs/configuration.md has every key and its range';
  return [...problems.map((problem) => fail(topic, problem, advice)), ...warnings];
}
