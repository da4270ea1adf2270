import {
  byInstanceId,
  isOwnService,
  type LiveInstance,
  type NodeRegistry,
  type RegistryLimits,
  type Tickets,
} from '#fanout/node-ports.ts';
import { mintTicketSecret, ticketDigest } from '#fanout/redis/nodes/ticket-secret.ts';

interface Deps {
  /** Unix ms. */
  readonly now: () => number;
  /** For what lasts: ms of a clock that never goes back. */
  readonly elapsedMs: () => number;
}

interface Held extends LiveInstance {
  readonly boot: string;
  /** Of `elapsedMs`. */
  readonly until: number;
}

interface Service {
  name: string;
  readonly since: number;
  readonly instances: Map<string, Held>;
}

/** The registry of a process that is alone. */
export function createMemoryNodes({ now, elapsedMs }: Deps, limits: RegistryLimits): NodeRegistry {
  const services = new Map<string, Service>();

  /** What is over goes whenever somebody looks. */
  const current = (id: string): Service | undefined => {
    for (const [service, { instances }] of services) {
      for (const [instance, { until }] of instances) if (until <= elapsedMs()) instances.delete(instance);
      if (instances.size === 0) services.delete(service);
    }
    return services.get(id);
  };

  return {
    async register({ service: id, serviceName, instance, boot, record }, leaseMs) {
      const known = current(id);
      const at = now();
      const before = known?.instances.get(instance);
      if (before !== undefined && before.boot !== boot)
        return { outcome: 'taken', leaseLeftMs: Math.ceil(before.until - elapsedMs()) };
      const others = [...services.keys()].filter((known) => !isOwnService(known)).length;
      if (known === undefined && !isOwnService(id) && others >= limits.servicesMax)
        return { outcome: 'full', of: 'services' };
      const service = known ?? { name: serviceName, since: at, instances: new Map() };
      if (before === undefined && service.instances.size >= limits.instancesMax)
        return { outcome: 'full', of: 'instances' };
      const registeredAt = before?.registeredAt ?? at;
      const expiresAt = at + leaseMs;
      service.name = serviceName;
      const until = elapsedMs() + leaseMs;
      service.instances.set(instance, { ...record, instance, boot, until, registeredAt, expiresAt });
      services.set(id, service);
      return { outcome: 'registered', registeredAt, expiresAt };
    },
    async leave(id, instance, boot) {
      const instances = current(id)?.instances;
      const held = instances?.get(instance);
      if (held === undefined || (boot !== undefined && held.boot !== boot)) return false;
      return instances?.delete(instance) === true;
    },
    async list(id) {
      const service = current(id);
      if (service === undefined) return undefined;
      const instances = [...service.instances.values()].map(({ boot: _, until: _until, ...told }) => told);
      return {
        serviceName: service.name,
        registeredAt: service.since,
        instances: instances.sort(byInstanceId),
      };
    },
  };
}

/** Tickets that nobody has redeemed yet; beyond, the oldest is forgotten. */
const ticketsMax = 10_000;

/** Tickets that this process alone redeems. */
export function createMemoryTickets({ elapsedMs }: Pick<Deps, 'elapsedMs'>): Tickets {
  const kept = new Map<string, { readonly payload: string; readonly until: number }>();
  return {
    async issue(payload, ttlMs) {
      for (const [digest, { until }] of kept) {
        if (until > elapsedMs() && kept.size < ticketsMax) break;
        kept.delete(digest);
      }
      const secret = mintTicketSecret();
      kept.set(ticketDigest(secret), { payload, until: elapsedMs() + ttlMs });
      return secret;
    },
    async redeem(secret) {
      const digest = ticketDigest(secret);
      const ticket = kept.get(digest);
      kept.delete(digest);
      return ticket !== undefined && ticket.until > elapsedMs() ? ticket.payload : undefined;
    },
  };
}
