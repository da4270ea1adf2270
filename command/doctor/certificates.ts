import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Finding, fail, ok, warn } from '#runtime/finding.ts';
import type { Configuration } from './configuration.ts';

const dayMs = 86_400_000;
/** Issuers of short-lived certificates renew with a third of 45 to 90 days left. */
const soonDays = 14;

/** How long each certificate that is named is good; one that can not be used is the configuration's finding. */
export function certificateFindings({ hub, connection, redis }: Configuration, nowMs: number): Finding[] {
  const files = [
    ['TICKWIRE_TLS_CERT', hub?.tlsCert],
    ...(connection === undefined
      ? []
      : ([
          ['TICKWIRE_REDIS_TLS_CERT', redis?.redisTlsCert],
          ['TICKWIRE_REDIS_TLS_CA', redis?.redisTlsCa],
        ] as const)),
  ] as const;
  return files.flatMap(([key, path]) => (path ? expiry(key, path, nowMs) : []));
}

function expiry(key: string, path: string, nowMs: number): Finding[] {
  const validTo = readValidTo(path);
  if (validTo === undefined) return [];
  const topic = `certificate`;
  const days = Math.floor((Date.parse(validTo) - nowMs) / dayMs);
  const fix = `renew ${path}: a hub takes its new one by itself, every other is read at the start`;
  if (days < 0) return [fail(topic, `${key} has expired on ${validTo}`, fix)];
  const says = `${key} is good for ${days} days`;
  return [days < soonDays ? warn(topic, says, fix) : ok(topic, says)];
}

function readValidTo(path: string): string | undefined {
  try {
    return new X509Certificate(readFileSync(path)).validTo;
  } catch {
    return undefined; // told where the configuration is read
  }
}
