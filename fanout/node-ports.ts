/** Who runs what, where, and how busy it is. Leases are by the store's clock, so nodes need not agree on theirs. */
export interface NodeRegistry {
  /**
   * Adds an instance, or renews its lease: it is listed for `leaseMs` from now. A service is there from its first
   * instance to the end of its last.
   * @throws FanoutError
   */
  register(registration: Registration, leaseMs: number): Promise<RegistrationOutcome>;
  /**
   * Ends an instance's lease; `boot` undefined: whichever life of it holds that. Says whether there was a lease to end.
   * @throws FanoutError
   */
  leave(service: string, instance: string, boot: string | undefined): Promise<boolean>;
  /**
   * The instances whose leases go on, in the order of their ids; undefined when there are none.
   * @throws FanoutError
   */
  list(service: string): Promise<ServiceListing | undefined>;
}

/** Names are checked by `isServiceId`, `isInstanceId` and `isServiceName`; a registry takes them as they are. */
export interface Registration {
  readonly service: string;
  /** Of the service, for people; the latest registration's counts. */
  readonly serviceName: string;
  readonly instance: string;
  /**
   * Names one life of the instance, without blanks, and is told to nobody. A lease is renewed by the same life only: two
   * nodes with one id are told apart by it.
   */
  readonly boot: string;
  readonly record: InstanceRecord;
}

/** What an instance says of itself. */
export interface InstanceRecord {
  readonly ipAddress: string;
  readonly portNumber: number;
  /** What is spoken at the port, e.g. `ws` or `https`. */
  readonly protocol: string;
  /** Where clients of this instance open sockets; absent: it takes none. */
  readonly socketUrl?: string;
  /** Open sockets. */
  readonly sockets: number;
  /** Whether it should get new clients. */
  readonly ready: boolean;
}

/** What became of a registration or of a renewal. */
export type RegistrationOutcome =
  /** Unix ms of the store's clock. */
  | { readonly outcome: 'registered'; readonly registeredAt: number; readonly expiresAt: number }
  /** Another life holds the lease, for so long yet. */
  | { readonly outcome: 'taken'; readonly leaseLeftMs: number }
  /** There are as many services, or instances of this one, as the registry keeps; of registrations at once some may be too many. */
  | { readonly outcome: 'full'; readonly of: 'services' | 'instances' };

/** A service of which at least one instance lives. */
export interface ServiceListing {
  readonly serviceName: string;
  /** Since when there has been an instance without a break; Unix ms of the store's clock. */
  readonly registeredAt: number;
  readonly instances: readonly LiveInstance[];
}

/** An instance whose lease has not ended. */
export interface LiveInstance extends InstanceRecord {
  readonly instance: string;
  /** Unix ms of the store's clock. */
  readonly registeredAt: number;
  /** When the lease ends; another with each renewal. Unix ms of the store's clock. */
  readonly expiresAt: number;
}

/** The order in which instances are listed; the same everywhere, whatever language a machine speaks. */
export function byInstanceId(a: LiveInstance, b: LiveInstance): number {
  return a.instance < b.instance ? -1 : Number(a.instance > b.instance);
}

/** The service under which hubs register. */
export const hubService = 'hub';

/** The service under which feed adapters register. */
export const feedService = 'feed-adapter';

/** Whether a service is one of Tickwire's own: there is always room for it. */
export function isOwnService(service: string): boolean {
  return service === hubService || service === feedService;
}

/** How much the registry keeps; what comes beyond it is refused as `full`. */
export interface RegistryLimits {
  /** Besides hubs and feed adapters. */
  readonly servicesMax: number;
  /** Of one service. All of them are read at each renewal, so they are few. */
  readonly instancesMax: number;
}

/** For every process alike: hubs read the places that others wrote. */
export const registryLimits: RegistryLimits = { servicesMax: 64, instancesMax: 256 };

/** Something small that is kept for a short time, for whoever shows the secret first. */
export interface Tickets {
  /**
   * Keeps `payload` for `ttlMs`; returns the secret, of `ticketLength` characters that fit into a URL.
   * @throws FanoutError
   */
  issue(payload: string, ttlMs: number): Promise<string>;
  /**
   * The payload, the first time; undefined when the secret is unknown, too old or was used.
   * @throws FanoutError: it may have been used up nevertheless
   */
  redeem(secret: string): Promise<string | undefined>;
}

/** @param id e.g. `feed-adapter` */
export function isServiceId(id: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(id);
}

/** @param id e.g. `hub-7f9c.eu-1` */
export function isInstanceId(id: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(id);
}

/** The ids that a service may have, for people. */
export const serviceIdRange = '1 to 63 of a-z, 0-9 and -, the first no -';
/** The ids that an instance may have, for people. */
export const instanceIdRange = '1 to 128 letters, digits and . _ -, the first a letter or digit';
