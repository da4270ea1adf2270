import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import type { Logger } from '#runtime/logger.ts';
import { KeysUnavailableError } from './jwt-authenticator.ts';

export interface KeySetLimits {
  /** For the answer to one request, all of it. */
  readonly fetchTimeoutMs: number;
  /** Of an answer that are read; a set has some KB. */
  readonly answerBytesMax: number;
  /** Keys so old are fetched again; meanwhile, and while that fails, they go on being used. */
  readonly refreshAfterMs: number;
  /** A key that is not in the set makes it be fetched again, but not sooner than this after the last time. */
  readonly cooldownMs: number;
  /** After a request that failed none is made for so long. */
  readonly retryAfterMs: number;
}

export interface KeySetDeps {
  readonly fetch: typeof fetch;
  /** Unix ms. */
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * The keys behind a JWKS address. Whoever sends tokens with made-up key names, or comes while the address does not
 * answer, causes no more requests than the limits say: `jose` itself waits after a success only.
 */
export function createKeySet(url: URL, deps: KeySetDeps, limits: KeySetLimits): JWTVerifyGetKey {
  const { now, log } = deps;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let failedAt = Number.NEGATIVE_INFINITY;

  const failed = (reason: string): KeysUnavailableError => {
    if (failedAt < fetchedAt || failedAt === Number.NEGATIVE_INFINITY)
      log.warn({ host: url.host, reason }, 'key set can not be read');
    failedAt = now();
    return new KeysUnavailableError(reason);
  };

  const fetchPaced: typeof fetch = async (input, options) => {
    if (now() - failedAt < limits.retryAfterMs) throw new KeysUnavailableError('failed a moment ago');
    try {
      const response = await deps.fetch(input, options);
      if (response.status !== 200) throw failed(`status ${response.status}`);
      return new Response(await readBody(response, limits.answerBytesMax));
    } catch (error) {
      if (error instanceof KeysUnavailableError) throw error;
      throw failed(error instanceof Error ? error.name : typeof error);
    }
  };

  const keys = createRemoteJWKSet(url, {
    timeoutDuration: limits.fetchTimeoutMs,
    cooldownDuration: limits.cooldownMs,
    cacheMaxAge: Number.POSITIVE_INFINITY, // its age is looked at here
    [customFetch]: fetchPaced,
  });

  const reload = async (): Promise<void> => {
    try {
      await keys.reload();
    } catch (error) {
      throw error instanceof KeysUnavailableError ? error : failed('no key set');
    }
    if (failedAt > fetchedAt && fetchedAt > 0) log.info({ host: url.host }, 'key set can be read again');
    fetchedAt = now();
  };

  return async (header, token) => {
    const isOld = now() - fetchedAt > limits.refreshAfterMs;
    if (keys.jwks() === undefined) await reload();
    else if (isOld && !keys.reloading) reload().catch(() => undefined); // it is logged; the old keys go on
    try {
      return await keys(header, token);
    } catch (error) {
      // An unknown key's name made it fetch, and what came is no key set; else it is the token's fault.
      if (error instanceof errors.JWKSInvalid || error instanceof errors.JWKSTimeout)
        throw failed('no key set');
      throw error;
    }
  };
}

/** @throws RangeError when it is longer than `bytesMax` */
async function readBody(response: Response, bytesMax: number): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new RangeError('the answer is too long'); // which also ends the request
    chunks.push(chunk);
  }
  return new Blob(chunks);
}
