import { replayEntriesMax } from '#fanout/contract/contract-history.ts';
import type { Opened } from '#fanout/contract/subject.ts';
import type { Fanout } from '#fanout/ports.ts';
import { createLogger } from '#runtime/logger.ts';
import { urlFor } from '#test/harness/redis/redis-users.ts';
import type { RedisConnection } from './connection/connection.ts';
import { parseRedisUrl } from './connection/url.ts';
import { createSigner } from './nodes/signer.ts';
import { createRedisFanout, type RedisFanoutLimits } from './redis-fanout.ts';
import { type UndecodableKind, undecodableKinds } from './undecodable.ts';

/** For tests: limits that make outages show within some seconds, but take no busy machine for one. */
export const testLimits: RedisFanoutLimits = {
  replayEntriesMax,
  commandTimeoutMs: 2000,
  topologyIntervalMs: 200,
  scriptsIntervalMs: 200,
  doubtIntervalMs: 50,
  doubtMs: 2000,
  probeIntervalMs: 100,
  probeTimeoutMs: 2000,
  subscribeChannelsMax: 7,
  groupMessagesSymbolsMin: 256,
};

/** For tests: as `testLimits`, but everything is heard in group messages. */
export const groupMessagesLimits: RedisFanoutLimits = { ...testLimits, groupMessagesSymbolsMin: 0 };

/** For tests: what the fanout counted. */
export interface TestCounts {
  roundTrips: number;
  undecodable: number;
  readonly undecodableOf: Record<UndecodableKind, number>;
  interrupted: number;
  probesLost: number;
  forged: number;
}

export function createCounts(): TestCounts {
  const undecodableOf = Object.fromEntries(undecodableKinds.map((kind) => [kind, 0]));
  return {
    ...{ roundTrips: 0, undecodable: 0, interrupted: 0, probesLost: 0, forged: 0 },
    undecodableOf: undecodableOf as TestCounts['undecodableOf'],
  };
}

/** For tests: how to reach the Redis behind `url`, with the rights of hub and feed adapter and no others. */
export function connectionTo(
  url: string,
  mode: RedisConnection['mode'] = 'standalone',
  sentinelName = '',
): RedisConnection {
  const parsed = parseRedisUrl(urlFor('both', url));
  if (parsed === undefined) throw new Error(`not the URL of a Redis: ${url}`);
  const { tls, ...where } = parsed;
  return { mode, sentinelName, ...where, ...(tls && { tls: {} }) };
}

/** For tests: the key of the hubs. */
export const testSigningKey = 'a-key-that-the-hubs-of-tests-share-1';

/** For tests: a fanout that logs nothing, signs as a hub does, keeps scripts as an adapter does and counts into `counts`. */
export function openFanout(
  connection: RedisConnection,
  counts: TestCounts = createCounts(),
  limits: RedisFanoutLimits = testLimits,
): Promise<Fanout> {
  const metrics = {
    roundTrip: () => counts.roundTrips++,
    undecodable: (kind: UndecodableKind) => {
      counts.undecodable++;
      counts.undecodableOf[kind]++;
    },
    interrupted: (symbols: number) => {
      counts.interrupted += symbols;
    },
    probeLost: () => counts.probesLost++,
    forged: () => counts.forged++,
  };
  const log = createLogger('test', 'silent');
  const signer = createSigner([testSigningKey]);
  return createRedisFanout({ connection, log, metrics, signer, keepsScripts: true }, limits);
}

/** For tests: two fanouts over one Redis, as the contract suite wants them. */
export async function openPair(
  connection: RedisConnection,
  stop: () => Promise<void>,
  limits: RedisFanoutLimits = testLimits,
): Promise<Opened> {
  const open = (): Promise<Fanout> => openFanout(connection, createCounts(), limits);
  const [fanout, other] = await Promise.all([open(), open()]);
  return {
    fanout,
    second: async () => other,
    async close() {
      await Promise.all([fanout.close(), other.close()]);
      await stop();
    },
  };
}
