import { counter, gauge, histogram, type MetricsRegistry } from '#runtime/metrics.ts';
import type { PresenceMetrics } from './presence.ts';
import type { RedisFanoutMetrics } from './redis/redis-fanout.ts';
import { undecodableKinds } from './redis/undecodable.ts';

/** Upper bounds in seconds, from a tenth of a millisecond to the default command time-out. */
const roundTripBuckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
];

/** The metrics of a process's connections to Redis. */
export function createRedisFanoutMetrics(registry: MetricsRegistry): RedisFanoutMetrics {
  const roundTrip = histogram(registry, {
    name: 'tickwire_redis_round_trip_seconds',
    help: 'From a command to its answer',
    buckets: roundTripBuckets,
  });
  const undecodable = counter(registry, {
    name: 'tickwire_redis_undecodable_total',
    help: 'What was read and left out, since it is nothing that this version knows, by what it should have been',
    labelNames: ['kind'],
  });
  for (const kind of undecodableKinds) undecodable.inc({ kind }, 0);
  const interruptions = counter(registry, {
    name: 'tickwire_redis_interrupted_symbols_total',
    help: 'Symbols that were not heard for a while',
  });
  const probesLost = counter(registry, {
    name: 'tickwire_redis_probes_lost_total',
    help: 'Subscriber connections that looked alive and heard nothing',
  });
  const forged = counter(registry, {
    name: 'tickwire_redis_forged_total',
    help: 'Places in the registry and tickets that were found in Redis and that no hub had signed; each counts whenever it is read',
    labelNames: ['what'],
  });
  for (const what of ['node', 'ticket'] as const) forged.inc({ what }, 0);
  return {
    roundTrip: (ms) => roundTrip.observe(ms / 1000),
    undecodable: (kind) => undecodable.inc({ kind }),
    interrupted: (symbols) => interruptions.inc(symbols),
    probeLost: () => probesLost.inc(),
    forged: (what) => forged.inc({ what }),
  };
}

/** The metrics of a process's place in the registry of nodes. */
export function createPresenceMetrics(registry: MetricsRegistry): PresenceMetrics {
  const attempts = counter(registry, {
    name: 'tickwire_node_registrations_total',
    help: 'Registrations and renewals of this process by what became of them',
    labelNames: ['outcome'],
  });
  const registered = gauge(registry, {
    name: 'tickwire_node_registered',
    help: '1 while this process is in the registry of nodes, as far as it knows',
  });
  for (const outcome of ['registered', 'taken', 'full', 'unavailable'] as const) attempts.inc({ outcome }, 0);
  return {
    attempted(outcome) {
      attempts.inc({ outcome });
      registered.set(outcome === 'registered' ? 1 : 0);
    },
    left: () => registered.set(0),
  };
}
