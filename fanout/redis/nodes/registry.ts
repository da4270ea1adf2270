import {
  byInstanceId,
  feedService,
  isOwnService,
  type LiveInstance,
  type NodeRegistry,
  type Registration,
  type RegistryLimits,
  type ServiceListing,
} from '#fanout/node-ports.ts';
import type { Commands } from '#fanout/redis/commands.ts';
import { nodeSlotKey } from '#fanout/redis/keys.ts';
import { instanceLengthMax, type KeptInstance, parseInstance, writeInstance } from './node-record.ts';
import { createServiceSlots } from './service-slots.ts';
import { type Signer, withoutSignature } from './signer.ts';
import { createSlotTable, firstSlotOf, type SlotTable } from './slot-table.ts';

/** What the registry reads and writes with, and who is told of what it leaves out. */
export interface RedisNodesDeps {
  readonly commands: Commands;
  readonly signer: Signer;
  /** Called for each slot that holds what no hub signed, whenever it is read. */
  readonly forged: () => void;
  /** Called for each slot that a hub signed, or an adapter wrote, and that this version can not read. */
  readonly undecodable: () => void;
}

/** A slot that holds an instance whose lease goes on. */
interface Held {
  readonly slot: number;
  readonly kept: KeptInstance;
}

interface ServiceRead {
  /** Of several lives of one id the first. */
  readonly held: readonly Held[];
  /** Without anything in them. */
  readonly free: readonly number[];
  /** With something that is no instance, or that no hub has signed. */
  readonly junk: readonly number[];
  readonly now: number;
}

/** How much later than it says a lease may end: servers of a cluster have clocks of their own. */
const clockToleranceMs = 5000;

/**
 * The registry in Redis: each instance in a slot of its service. What hubs write is signed; what is not, or is not of
 * this service, is left out. Feed adapters have no key, so their places are taken as they are: nobody is sent there.
 * A registration reads, decides and writes: of two that come at once one may overwrite the other, which finds out
 * at its next renewal.
 */
export function createRedisNodes(deps: RedisNodesDeps, limits: RegistryLimits): NodeRegistry {
  const { commands, signer } = deps;
  const { instancesMax } = limits;
  const services = createServiceSlots(commands, limits.servicesMax);

  const tableOf = (service: string): SlotTable =>
    createSlotTable(commands, (slot) => nodeSlotKey(service, slot), instancesMax);

  const textOf = (service: string, sealed: string): string | undefined => {
    if (sealed.length > instanceLengthMax) return undefined;
    return service === feedService ? withoutSignature(sealed) : signer.open('node', sealed);
  };

  /** Undefined, and counted, for what is none of this service, or not to be read. */
  const open = (service: string, sealed: string, now: number): KeptInstance | undefined => {
    const text = textOf(service, sealed);
    if (text === undefined) {
      deps.forged();
      return undefined;
    }
    const kept = parseInstance(text);
    if (kept === undefined) deps.undecodable();
    // Signed once, and put here by somebody else.
    else if (kept.service !== service || kept.expiresAt + clockToleranceMs <= now) deps.forged();
    else return kept;
    return undefined;
  };

  const read = async (service: string): Promise<ServiceRead> => {
    const { texts, now } = await tableOf(service).read();
    const held = new Map<string, Held>();
    const free: number[] = [];
    const junk: number[] = [];
    for (const [slot, sealed] of texts.entries()) {
      const kept = sealed === undefined ? undefined : open(service, sealed, now);
      if (sealed === undefined) free.push(slot);
      else if (kept === undefined) junk.push(slot);
      else if (isFirst(kept, held.get(kept.instance)?.kept)) held.set(kept.instance, { slot, kept });
    }
    return { held: [...held.values()], free, junk, now };
  };

  return {
    async register(registration, leaseMs) {
      const { service, instance, boot } = registration;
      const found = await read(service);
      const before = heldBy(instance, found);
      if (before !== undefined && before.kept.boot !== boot)
        return { outcome: 'taken', leaseLeftMs: Math.max(1, before.kept.expiresAt - found.now) };
      const slot = before?.slot ?? slotFor(instance, found, instancesMax);
      if (slot === undefined) return { outcome: 'full', of: 'instances' };
      if (!isOwnService(service) && !(await services.claim(service, leaseMs)))
        return { outcome: 'full', of: 'services' };
      const kept = keptInstance(registration, found, before?.kept, leaseMs);
      await tableOf(service).put(slot, signer.seal('node', writeInstance(kept)), leaseMs);
      return { outcome: 'registered', registeredAt: kept.registeredAt, expiresAt: kept.expiresAt };
    },
    async leave(service, instance, boot) {
      const found = await read(service);
      const before = heldBy(instance, found);
      if (before === undefined || (boot !== undefined && before.kept.boot !== boot)) return false;
      await tableOf(service).clear(before.slot);
      if (found.held.length === 1 && !isOwnService(service)) await services.release(service);
      return true;
    },
    list: async (service) => listingOf((await read(service)).held),
  };
}

function heldBy(instance: string, { held }: ServiceRead): Held | undefined {
  return held.find(({ kept }) => kept.instance === instance);
}

/** Of two lives of one id the one that was registered first has it, everywhere. */
function isFirst(kept: KeptInstance, other: KeptInstance | undefined): boolean {
  if (other === undefined || kept.registeredAt < other.registeredAt) return true;
  return kept.registeredAt === other.registeredAt && kept.boot < other.boot;
}

/** Junk is overwritten only where nothing else is left: it may be of hubs with another key. */
function slotFor(instance: string, { free, junk }: ServiceRead, instancesMax: number): number | undefined {
  const first = firstSlotOf(instance, instancesMax);
  return free.find((slot) => slot >= first) ?? free[0] ?? junk[0];
}

function keptInstance(
  { service, serviceName, instance, boot, record }: Registration,
  { held, now }: ServiceRead,
  before: KeptInstance | undefined,
  leaseMs: number,
): KeptInstance {
  const serviceSince = Math.min(now, ...held.map(({ kept }) => kept.serviceSince));
  const times = { serviceSince, registeredAt: before?.registeredAt ?? now, renewedAt: now };
  return { ...record, service, serviceName, instance, boot, ...times, expiresAt: now + leaseMs };
}

function listingOf(held: readonly Held[]): ServiceListing | undefined {
  const all = held.map(({ kept }) => kept);
  const [latest] = all.toSorted((a, b) => b.renewedAt - a.renewedAt);
  if (latest === undefined) return undefined;
  return {
    serviceName: latest.serviceName,
    registeredAt: Math.min(...all.map(({ serviceSince }) => serviceSince)),
    instances: all.map(toInstance).sort(byInstanceId),
  };
}

/** Without what is the registry's own: a life's name is told to nobody. */
function toInstance({
  service: _,
  serviceName: __,
  serviceSince: ___,
  boot: ____,
  renewedAt: _____,
  ...told
}: KeptInstance): LiveInstance {
  return told;
}
