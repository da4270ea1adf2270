import { isIP } from 'node:net';
import { type InstanceRecord, instanceIdRange, isInstanceId } from '#fanout/node-ports.ts';

/** What a body of `POST /services/{service-id}` says. */
export interface PostedRegistration {
  readonly name: string;
  /** Undefined: it gets one. */
  readonly instance: string | undefined;
  readonly leaseMs: number;
  readonly record: InstanceRecord;
}

/** What a service says of itself, or what is wrong with it. */
export type ParsedRegistration =
  | { readonly ok: true; readonly registration: PostedRegistration }
  /** Field → what it must be. */
  | { readonly ok: false; readonly problems: Readonly<Record<string, string>> };

interface Rule {
  readonly optional?: true;
  readonly holds: (value: unknown) => boolean;
  readonly must: string;
}

const leaseMsDefault = 30_000;

const rules: Readonly<Record<string, Rule>> = {
  name: {
    holds: (value) => typeof value === 'string' && /^[^\p{Cc}\p{Cs}]{1,64}$/u.test(value),
    must: 'a text of 1 to 64 characters without control characters',
  },
  ip_address: {
    holds: (value) => typeof value === 'string' && isIP(value) !== 0 && value.length <= 45,
    must: 'an IPv4 or IPv6 address, e.g. "10.0.0.7"',
  },
  port_number: { holds: (value) => isWhole(value, 1, 65_535), must: 'a whole number from 1 to 65535' },
  protocol: {
    holds: (value) => typeof value === 'string' && /^[a-z][a-z0-9+.-]{0,15}$/.test(value),
    must: '1 to 16 of a-z, 0-9 and + . -, e.g. "https"',
  },
  instance_id: {
    optional: true,
    holds: (value) => typeof value === 'string' && isInstanceId(value),
    must: `${instanceIdRange}; left out, it gets one`,
  },
  lease_ms: {
    optional: true,
    holds: (value) => isWhole(value, 1000, 300_000),
    must: `a whole number from 1000 to 300000; left out, ${leaseMsDefault}`,
  },
  sockets: {
    optional: true,
    holds: (value) => isWhole(value, 0, Number.MAX_SAFE_INTEGER),
    must: 'a whole number, 0 or more',
  },
  ready: { optional: true, holds: (value) => typeof value === 'boolean', must: 'true or false' },
};

/** Names every field that is wrong, missing or unknown. A field that is null is absent. */
export function parseRegistration(text: string): ParsedRegistration {
  const fields = fieldsOf(text);
  if (fields === undefined)
    return refuse({ body: 'must be a JSON object, e.g. {"name":"Candles","ip_address":"10.0.0.7",…}' });
  const problems: (readonly [string, string])[] = Object.entries(rules).flatMap(([name, rule]) => {
    const value = fields.get(name);
    if (value === undefined ? rule.optional === true : rule.holds(value)) return [];
    return [[name, `must be ${rule.must}`] as [string, string]];
  });
  const unknown = [...fields.keys()].filter((name) => !Object.hasOwn(rules, name)).slice(0, unknownToldMax);
  for (const name of unknown)
    problems.push([name.slice(0, 64), `is not a field; there are ${Object.keys(rules).join(', ')}`]);
  return problems.length > 0
    ? refuse(Object.fromEntries(problems))
    : { ok: true, registration: registrationOf(fields) };
}

/** Unknown fields that are named; there may be thousands. */
const unknownToldMax = 8;

function registrationOf(fields: ReadonlyMap<string, unknown>): PostedRegistration {
  const instance = fields.get('instance_id');
  return {
    name: String(fields.get('name')),
    instance: instance === undefined ? undefined : String(instance),
    leaseMs: Number(fields.get('lease_ms') ?? leaseMsDefault),
    record: {
      ipAddress: String(fields.get('ip_address')),
      portNumber: Number(fields.get('port_number')),
      protocol: String(fields.get('protocol')),
      sockets: Number(fields.get('sockets') ?? 0),
      ready: fields.get('ready') !== false,
    },
  };
}

function fieldsOf(text: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return new Map(Object.entries(value).filter(([, field]) => field !== null));
  } catch {
    return undefined; // no JSON: the caller says so
  }
}

function isWhole(value: unknown, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
}

function refuse(problems: Readonly<Record<string, string>>): ParsedRegistration {
  return { ok: false, problems };
}
