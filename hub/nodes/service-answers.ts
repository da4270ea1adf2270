import type { LiveInstance, RegistrationOutcome, ServiceListing } from '#fanout/node-ports.ts';
import { assertNever } from '#runtime/assert-never.ts';
import { type HttpAnswer, jsonAnswer } from '#runtime/http/answer.ts';
import type { PostedRegistration } from './registration.ts';

/** 200 with the lease; 409 where another node has the name, or the registry is full. */
export function registrationAnswer(
  done: RegistrationOutcome,
  service: string,
  instance: string,
  { name, record, leaseMs }: PostedRegistration,
): HttpAnswer {
  switch (done.outcome) {
    case 'registered': {
      const { registeredAt, expiresAt } = done;
      const told = instanceBody({ ...record, instance, registeredAt, expiresAt });
      return jsonAnswer(200, { service_id: service, service_name: name, ...told, lease_ms: leaseMs });
    }
    case 'taken':
      return conflict(
        `Another node holds the instance_id "${instance}" for ${done.leaseLeftMs} ms yet; ` +
          'choose another instance_id, or leave it out to get one',
      );
    case 'full':
      return conflict(
        `There are as many ${done.of} as the registry keeps; DELETE some, or wait until leases end`,
      );
    default:
      return assertNever(done);
  }
}

/** 200 with the live instances, or 404 where there is none. */
export function listingAnswer(listing: ServiceListing | undefined): HttpAnswer {
  if (listing === undefined) {
    const error = 'No instance of this service is registered; what was may have let its lease end';
    return jsonAnswer(404, { error });
  }
  const { serviceName, registeredAt, instances } = listing;
  return jsonAnswer(200, {
    service_name: serviceName,
    instance_count: instances.length,
    registered_at: toIso(registeredAt),
    instances: instances.map(instanceBody),
  });
}

function conflict(error: string): HttpAnswer {
  return jsonAnswer(409, { error });
}

function instanceBody(instance: LiveInstance): object {
  const { socketUrl } = instance;
  return {
    instance_id: instance.instance,
    ip_address: instance.ipAddress,
    port_number: instance.portNumber,
    protocol: instance.protocol,
    ...(socketUrl !== undefined && { websocket_url: socketUrl }),
    sockets: instance.sockets,
    ready: instance.ready,
    registered_at: toIso(instance.registeredAt),
    expires_at: toIso(instance.expiresAt),
  };
}

function toIso(unixMs: number): string {
  return new Date(unixMs).toISOString();
}
