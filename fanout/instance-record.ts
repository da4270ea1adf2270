import type { InstanceRecord } from './node-ports.ts';

/** The record in a registry's JSON; undefined when it is none that this version knows. */
export function parseInstanceRecord(text: string): InstanceRecord | undefined {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { ipAddress, portNumber, protocol, socketUrl, sockets, ready } = value as Fields;
  if (typeof ipAddress !== 'string' || typeof protocol !== 'string' || typeof ready !== 'boolean')
    return undefined;
  if (!isCount(portNumber) || !isCount(sockets)) return undefined;
  const record = { ipAddress, portNumber, protocol, sockets, ready };
  return typeof socketUrl === 'string' ? { ...record, socketUrl } : record;
}

type Fields = { readonly [Name in keyof InstanceRecord]?: unknown };

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // whoever can write to the store can write junk: the caller leaves it out
  }
}
