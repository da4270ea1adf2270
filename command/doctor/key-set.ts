import type { HubConfig } from '#hub/config.ts';
import { type Finding, fail, ok } from '#runtime/finding.ts';

const fetchTimeoutMs = 5000;

/** Whether the issuer's keys can be read from here, where a hub takes them from an address. */
export async function keySetFindings(
  hub: Pick<HubConfig, 'auth' | 'jwksUrl'> | undefined,
  fetchFrom: typeof fetch,
): Promise<Finding[]> {
  if (hub === undefined || hub.auth === 'none' || hub.jwksUrl === '' || !URL.canParse(hub.jwksUrl)) return [];
  const topic = 'token keys';
  const fix = 'mend TICKWIRE_JWT_JWKS_URL, or let this machine reach it: a hub that can not lets nobody in';
  try {
    const response = await fetchFrom(hub.jwksUrl, { signal: AbortSignal.timeout(fetchTimeoutMs) });
    if (response.status !== 200) return [fail(topic, `${hub.jwksUrl} answers ${response.status}`, fix)];
    const body: unknown = await response.json();
    const keys = typeof body === 'object' && body !== null && 'keys' in body ? body.keys : undefined;
    if (!Array.isArray(keys) || keys.length === 0)
      return [fail(topic, `${hub.jwksUrl} has no key set ("keys")`, fix)];
    return [ok(topic, `${keys.length} at ${hub.jwksUrl}`)];
  } catch (error) {
    const { name, cause } = error instanceof Error ? error : { name: String(error), cause: undefined };
    const reason = cause instanceof Error ? cause.message : name;
    return [fail(topic, `${hub.jwksUrl} can not be read: ${reason}`, fix)];
  }
}
