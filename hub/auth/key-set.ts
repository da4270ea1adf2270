import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { TokenBucket } from '#protocol/pacing/token-bucket.ts';
import { KeysUnavailableError } from './jwt-authenticator.ts';
import { createKeyFetch, type KeyFetchDeps, type KeyFetchLimits } from './key-fetch.ts';
import { signatureAlgorithms } from './verification-key.ts';

export interface KeySetLimits extends KeyFetchLimits {
  /** For the answer to one request, all of it. */
  readonly fetchTimeoutMs: number;
  /** Keys so old are fetched again; meanwhile, and while that fails, they go on being used. */
  readonly refreshAfterMs: number;
  /** Tokens that name a key which is not in the set make it be fetched again, once in so long in the long run … */
  readonly unknownKeyMs: number;
  /** … and so many times at once: a stranger's made-up name must not take the read that a change of keys needs. */
  readonly unknownKeyReadsMax: number;
}

/**
 * The keys behind a JWKS address. Whoever sends tokens with made-up key names, or comes while the address does not
 * answer, causes no more requests than the limits say: `jose` itself waits after a success only. A token is refused for
 * good only by what was read after it came: until the set may be read again, a key that is not in it may be a new one.
 * What it returns rejects with a `KeysUnavailableError` where the hub or the issuer is at fault, and with a
 * `JWKSNoMatchingKey` where the token is.
 */
export function createKeySet(url: URL, deps: KeyFetchDeps, limits: KeySetLimits): JWTVerifyGetKey {
  const { now, log } = deps;
  const issuer = createKeyFetch(url.host, deps, limits);
  /** Reads that strangers may cause. */
  const reads = { perSecond: 1000 / limits.unknownKeyMs, burst: limits.unknownKeyReadsMax };
  const budget = new TokenBucket(reads, now());
  let fetchedAt = Number.NEGATIVE_INFINITY;
  /** Of the keys in the set. */
  let names: ReadonlySet<unknown> = new Set();
  /** What is wrong with one of them was said; not again before a set was read. */
  let told = false;

  const keys = createRemoteJWKSet(url, {
    timeoutDuration: limits.fetchTimeoutMs,
    cooldownDuration: Number.POSITIVE_INFINITY, // when it is read again for an unknown key is decided here
    cacheMaxAge: Number.POSITIVE_INFINITY, // its age is looked at here
    [customFetch]: issuer.fetch,
  });

  const reload = async (): Promise<void> => {
    try {
      await keys.reload();
    } catch (error) {
      throw error instanceof KeysUnavailableError ? error : issuer.failed('no key set');
    }
    issuer.succeeded();
    fetchedAt = now();
    names = new Set(keys.jwks()?.keys.map(({ kid }) => kid));
    told = false;
  };

  const isNamed = (kid: unknown): kid is string => typeof kid === 'string' && names.has(kid);

  /** A key of the set is of no use: a fault of the issuer, told in the log, and not of whoever shows a token. */
  const unusable = (reason: string): KeysUnavailableError => {
    if (!told) log.warn({ host: url.host, reason }, 'a key of the key set can not be used');
    told = true;
    return new KeysUnavailableError(reason);
  };

  /** The key that a token names, in the set as it is. @throws JWKSNoMatchingKey, KeysUnavailableError */
  const lookUp: JWTVerifyGetKey = async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
        throw error;
      throw unusable(error instanceof Error ? error.name : typeof error);
    }
  };

  /** Whether the key named `kid` is good for any algorithm: a token that names another one for it is at fault then. */
  const isUsable = async (kid: string): Promise<boolean> => {
    for (const alg of signatureAlgorithms) {
      try {
        await keys({ alg, kid });
        return true;
      } catch (error) {
        if (error instanceof errors.JWKSMultipleMatchingKeys) return true;
      }
    }
    return false;
  };

  /** Has the set read for a token whose key is not in it. @throws KeysUnavailableError when that may not be now */
  const readAgain = async (kid: unknown): Promise<void> => {
    const joins = keys.reloading;
    if (!joins && !budget.take(now())) throw new KeysUnavailableError('the key set was read a moment ago');
    await reload();
    if (joins && !isNamed(kid)) throw new KeysUnavailableError('the read had begun before the token came');
  };

  /** Has the set read the first time, or because it is old. True when it was read for this very call. */
  const keepFresh = async (): Promise<boolean> => {
    const begins = !keys.reloading;
    if (fetchedAt === Number.NEGATIVE_INFINITY) {
      await reload();
      return begins;
    }
    if (begins && now() - fetchedAt > limits.refreshAfterMs) reload().catch(() => undefined); // logged; the old keys go on
    return false;
  };

  return async (header, token) => {
    const isFresh = await keepFresh();
    const { kid } = header;
    try {
      return await lookUp(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (!isFresh && !isNamed(kid)) await readAgain(kid);
      if (isNamed(kid) && !(await isUsable(kid))) throw unusable('of no known kind or use');
      return lookUp(header, token);
    }
  };
}
